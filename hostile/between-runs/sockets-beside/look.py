# shows = "reaches none, and takes the same names itself"
# outcome = "ok"
# stdout = "abstract: ECONNREFUSED\npath: ENOENT\nport: ECONNREFUSED\nbind abstract: done\nbind path: done\nbind port: done\n"
# with = ["tried.py"]
import socket
from tried import tried
unix = lambda: socket.socket(socket.AF_UNIX)
tried("abstract", lambda: unix().connect("\0hostile-mark"))
tried("path", lambda: unix().connect("/tmp/hostile-mark"))
tried("port", lambda: socket.create_connection(("127.0.0.1", 4711)))
tried("bind abstract", lambda: unix().bind("\0hostile-mark"))
tried("bind path", lambda: unix().bind("/tmp/hostile-mark"))
tried("bind port", lambda: socket.create_server(("", 4711)))

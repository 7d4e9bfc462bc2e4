# shows = "abstract sockets of the host, which no file permissions guard, are not there"
# outcome = "ok"
# stdout = "control: done\nhost: ECONNREFUSED\n"
# with = ["tried.py"]
import socket
from tried import tried
own = socket.socket(socket.AF_UNIX)
own.bind("\0own")
own.listen()
tried("control", lambda: socket.socket(socket.AF_UNIX).connect("\0own"))
tried("host", lambda: socket.socket(socket.AF_UNIX).connect("\0@ABSTRACT@"))

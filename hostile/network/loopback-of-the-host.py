# shows = "services of the host on its loopback addresses are not there"
# outcome = "ok"
# stdout = "control: done\n127.0.0.1: ECONNREFUSED\n127.0.1.1: ECONNREFUSED\n0.0.0.0: ECONNREFUSED\n::1: ECONNREFUSED\n::ffff:127.0.0.1: ECONNREFUSED\n"
# with = ["tried.py"]
import socket
from tried import tried
own = socket.create_server(("127.0.0.1", 0))
tried("control", lambda: socket.create_connection(own.getsockname()))
for address in ("127.0.0.1", "127.0.1.1", "0.0.0.0", "::1", "::ffff:127.0.0.1"):
    tried(address, lambda: socket.create_connection((address, @PORT@), timeout=2))

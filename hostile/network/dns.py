# shows = "no name is resolved and no packet to a resolver leaves: nothing is told to the world in names"
# outcome = "ok"
# stdout = "example.org: no address\n127.0.0.53: ECONNREFUSED\n1.1.1.1: ENETUNREACH\n2606:4700:4700::1111: ENETUNREACH\nlocalhost: 127.0.0.1\n"
# with = ["tried.py"]
import socket
from tried import tried
try:
    socket.getaddrinfo("secret.example.org", 80)
    print("example.org: resolved")
except socket.gaierror:
    print("example.org: no address")
def ask(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.connect((address, 53))
    s.send(b"x")
    s.recv(1)
tried("127.0.0.53", lambda: ask(socket.AF_INET, "127.0.0.53"))
tried("1.1.1.1", lambda: ask(socket.AF_INET, "1.1.1.1"))
tried("2606:4700:4700::1111", lambda: ask(socket.AF_INET6, "2606:4700:4700::1111"))
print("localhost:", socket.gethostbyname("localhost"))

# shows = "the addresses at which clouds keep their secrets cannot be reached"
# outcome = "ok"
# stdout = "169.254.169.254: ENETUNREACH\n100.100.100.200: ENETUNREACH\nfd00:ec2::254: ENETUNREACH\n10.0.0.1: ENETUNREACH\n172.17.0.1: ENETUNREACH\n192.168.0.1: ENETUNREACH\n"
# with = ["tried.py"]
import socket
from tried import tried
for address in "169.254.169.254 100.100.100.200 fd00:ec2::254 10.0.0.1 172.17.0.1 192.168.0.1".split():
    tried(address, lambda: socket.create_connection((address, 80), timeout=2))

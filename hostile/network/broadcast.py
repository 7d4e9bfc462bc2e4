# shows = "no broadcast, multicast or ping"
# outcome = "ok"
# stdout = "broadcast: ENETUNREACH\nmulticast: ENETUNREACH\njoin: ENODEV\nping: EACCES\n"
# with = ["tried.py"]
import socket
from tried import tried
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
tried("broadcast", lambda: s.sendto(b"x", ("255.255.255.255", 9)))
tried("multicast", lambda: s.sendto(b"x", ("224.0.0.251", 5353)))
tried("join", lambda: s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + bytes(4)))
tried("ping", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP))

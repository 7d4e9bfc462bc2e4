# shows = "leases it for itself and for a minute, as if nobody had it"
# outcome = "ok"
# stdout = "flow label: done\n"
# with = ["tried.py"]
import socket, struct
from tried import tried

def lease():
    """IPV6_FLOWLABEL_MGR: made if it is not there, for one socket only, kept for a minute after that."""
    to = socket.inet_pton(socket.AF_INET6, "::1")
    request = struct.pack("!16sIBB", to, 0x12345, 0, 1) + struct.pack("=HHHI", 1, 60, 60, 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as own:
        own.setsockopt(41, 32, request)

tried("flow label", lease)

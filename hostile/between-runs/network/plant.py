# shows = "leaves a port in TIME_WAIT, and marks in every counter that it can reach"
# outcome = "ok"
# stdout = "connected: done\nunreachable: ENETUNREACH\nunreachable 6: ENETUNREACH\n"
# with = ["tried.py"]
import socket
from tried import tried

def connect():
    with socket.create_server(("127.0.0.1", 4711)) as server:
        client = socket.create_connection(("127.0.0.1", 4711))
        served, _ = server.accept()
        # Whoever closes first keeps the port.
        served.close()
        client.recv(1)
        client.close()

tried("connected", connect)
tried("unreachable", lambda: socket.create_connection(("192.0.2.1", 80)))
tried("unreachable 6", lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)))

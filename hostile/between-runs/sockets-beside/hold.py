# shows = "listens in every way"
# outcome = "cancelled"
# stdout = "listening\n"
import socket, time
kept = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.create_server(("", 4711))]
kept[0].bind("\0hostile-mark")
kept[1].bind("/tmp/hostile-mark")
for s in kept:
    s.listen()
print("listening", flush=True)
time.sleep(60)

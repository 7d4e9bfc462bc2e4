# shows = "FIFOs, sockets and folders in the place of results neither block nor are read"
# outcome = "ok"
# stdout = "made\n"
# output_files = ["fifo", "socket", "folder", "gone", "real"]
# given_back = { "real" = "mine" }
# message_has = ["fifo"]
import os, socket
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
os.mkdir("folder")
open("real", "w").write("mine")
print("made")

# shows = "a tree of stopped processes, which stop each other again, is ended"
# outcome = ["wall_limit", "cpu_limit"]
# limits = { wall_ms = 700 }
import os, signal, time
for _ in range(8):
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
time.sleep(0.05)
os.kill(0, signal.SIGSTOP)

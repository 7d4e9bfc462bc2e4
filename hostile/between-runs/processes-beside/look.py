# shows = "finds only itself, and signals everybody that there may be"
# outcome = "ok"
# stdout = "seen: 1\nhit: 0\n"
import os, signal
print("seen:", len([n for n in os.listdir("/proc") if n.isdigit()]))
hit = 0
for pid in range(1, 1000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
            hit += 1
        except OSError:
            pass
print("hit:", hit)

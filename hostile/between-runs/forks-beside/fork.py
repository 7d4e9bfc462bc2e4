# shows = "forks as often as it may"
# outcome = "ok"
# stdout = "40\n"
import os, time
for _ in range(40):
    if os.fork() == 0:
        time.sleep(60)
print(_ + 1)

# shows = "is alive until the end"
# outcome = "cancelled"
# stdout = "alive\n"
import os, time
for _ in range(5):
    if os.fork() == 0:
        time.sleep(60)
print("alive", flush=True)
time.sleep(60)

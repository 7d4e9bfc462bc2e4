# shows = "processor time of all children counts together, wherever they put themselves"
# outcome = "cpu_limit"
# limits = { cpu_ms = 600 }
import os
for _ in range(16):
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
os.wait()

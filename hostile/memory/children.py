# shows = "children that each stay below the limit are above it together"
# outcome = "memory_limit"
# limits = { memory_bytes = 50331648 }
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(12 << 20)
        time.sleep(3600)
time.sleep(3600)

# shows = "has as many children as allowed"
# outcome = "cancelled"
# stdout = "full\n"
import os, time
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
except BlockingIOError:
    print("full", flush=True)
time.sleep(60)

# shows = "holds files open everywhere it can"
# outcome = "cancelled"
# stdout = "held\n"
import time
kept = [open(f"{place}/hostile-mark", "w") for place in ("/box", "/tmp", "/dev/shm")]
print("held", flush=True)
time.sleep(60)

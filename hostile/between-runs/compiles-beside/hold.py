# shows = "keeps headers where a compiler may look"
# outcome = "cancelled"
# stdout = "there\n"
import time
for place in ("/tmp", "/box", "/dev/shm"):
    open(place + "/mark.h", "w").write("#define MARK 1\n")
print("there", flush=True)
time.sleep(60)

# shows = "keeps its memory"
# outcome = "cancelled"
# stdout = "held\n"
import time
kept = bytearray(64 << 20)
print("held", flush=True)
time.sleep(60)

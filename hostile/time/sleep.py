# shows = "who only waits ends at the limit of time on the clock"
# outcome = "wall_limit"
# limits = { wall_ms = 700 }
# stdout = "waiting\n"
# message_has = ["700 ms"]
import time
print("waiting", flush=True)
time.sleep(3600)

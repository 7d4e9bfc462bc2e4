# shows = "an interactive program that neither reads nor writes ends when it was idle for too long"
# interactive = true
# outcome = "wall_limit"
# limits = { idle_ms = 400 }
# stdout = "begun\n"
# message_has = ["was idle", "400 ms"]
import time
print("begun", flush=True)
time.sleep(3600)

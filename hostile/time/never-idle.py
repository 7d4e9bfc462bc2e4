# shows = "an interactive program that writes now and then still ends at the limit of time on the clock"
# interactive = true
# outcome = "wall_limit"
# limits = { idle_ms = 10000, wall_ms = 1000 }
# stdout_has = [".."]
# message_has = ["1000 ms"]
import sys, time
while True:
    sys.stdout.write(".")
    sys.stdout.flush()
    time.sleep(0.05)

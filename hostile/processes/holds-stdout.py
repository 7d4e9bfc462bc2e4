# shows = "a child that holds standard output open does not hold the run open"
# outcome = "ok"
# limits = { wall_ms = 8000 }
# stdout = "done\n"
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(3600)
print("done")

# shows = "a tree of sleeping processes that is as large as allowed ends whole"
# outcome = "wall_limit"
# limits = { wall_ms = 1000 }
# stdout_has = ["EAGAIN"]
# with = ["tried.py"]
import os, time
from tried import tried
def fill():
    while True:
        if os.fork() == 0:
            time.sleep(3600)
tried("fork", fill)
time.sleep(3600)

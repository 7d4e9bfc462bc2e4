# shows = "gets them all"
# outcome = "ok"
# stdout = "/tmp/lock: done\n/dev/shm/lock: done\n/usr/bin/env: done\n"
# with = ["tried.py"]
import fcntl
from tried import tried
for path, mode in (("/tmp/lock", "w"), ("/dev/shm/lock", "w"), ("/usr/bin/env", "r")):
    tried(path, lambda: fcntl.flock(open(path, mode), fcntl.LOCK_EX | fcntl.LOCK_NB))

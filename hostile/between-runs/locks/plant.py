# shows = "locks what the next run will want to lock, and leaves a child that holds on"
# outcome = "ok"
# stdout = "locked\n"
import fcntl, os, time
kept = [open("/tmp/lock", "w"), open("/dev/shm/lock", "w"), open("/usr/bin/env")]
for file in kept:
    fcntl.flock(file, fcntl.LOCK_EX)
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
print("locked")

# shows = "holds a thousand locks of shared files"
# outcome = "cancelled"
# stdout_has = ["locked"]
# limits = { cpu_ms = 5000 }
import fcntl, os, time
kept = []
for folder in ("/usr/bin", "/usr/lib/gcc", "/usr/lib/x86_64-linux-gnu", "/usr/lib", "/usr/include"):
    for path, _, names in os.walk(folder):
        for name in names:
            if len(kept) < 1000 and os.path.isfile(os.path.join(path, name)):
                try:
                    kept.append(open(os.path.join(path, name), "rb"))
                    fcntl.flock(kept[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    pass
print("locked", len(kept), flush=True)
time.sleep(60)

# shows = "a file outside is not linked in to be given back or changed"
# outcome = "ok"
# stdout = "/etc/passwd: EXDEV\n/usr/bin/env: EXDEV\n/dev/null: EXDEV\nby descriptor: EXDEV\ncontrol: done\n"
# output_files = ["passwd", "second"]
# given_back = { second = "mine" }
# with = ["tried.py"]
import os
from tried import tried
tried("/etc/passwd", lambda: os.link("/etc/passwd", "passwd"))
tried("/usr/bin/env", lambda: os.link("/usr/bin/env", "env"))
tried("/dev/null", lambda: os.link("/dev/null", "null"))
passwd = os.open("/etc/passwd", os.O_RDONLY)
tried("by descriptor", lambda: os.link(f"/proc/self/fd/{passwd}", "passwd", follow_symlinks=True))
open("first", "w").write("mine")
tried("control", lambda: os.link("first", "second"))

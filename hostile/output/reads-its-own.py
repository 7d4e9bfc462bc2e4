# shows = "the ends of the streams that a program is given are one-way"
# outcome = "ok"
# stdout = "read standard output: EBADF\nread standard error: EBADF\nwrite standard input: EBADF\n"
# with = ["tried.py"]
import os
from tried import tried
tried("read standard output", lambda: os.read(1, 1))
tried("read standard error", lambda: os.read(2, 1))
tried("write standard input", lambda: os.write(0, b"x"))

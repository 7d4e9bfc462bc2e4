# shows = "the ends of the streams are one-way; who opens his own once more takes what is his from himself only"
# outcome = "ok"
# stdout = "read standard output: EBADF\nread standard error: EBADF\nwrite standard input: EBADF\nreopen standard output to read: EAGAIN\n"
# with = ["tried.py"]
import os
from tried import tried
os.write(1, b"")
tried("read standard output", lambda: os.read(1, 1))
tried("read standard error", lambda: os.read(2, 1))
tried("write standard input", lambda: os.write(0, b"x"))
tried("reopen standard output to read", lambda: os.read(os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK), 1))

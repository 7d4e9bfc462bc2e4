# shows = "children that end after their parent has written what they had to are waited for by nobody, and the order is the program's"
# outcome = "ok"
# stdout = "child\nparent\n"
import os, sys
child = os.fork()
if child == 0:
    os.write(1, b"child\n")
    os._exit(0)
os.waitpid(child, 0)
os.write(1, b"parent\n")

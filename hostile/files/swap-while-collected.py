# shows = "a child that goes on exchanging a result for a link is dead before results are read"
# outcome = "ok"
# stdout = "exchanging\n"
# output_files = ["result"]
# lacks = ["root:x:0"]
import os
os.symlink("/etc/passwd", "link")
open("file", "w").write("mine")
if os.fork() == 0:
    os.setsid()
    os.close(1)
    while True:
        os.link("file", "x"); os.rename("x", "result")
        os.symlink("/etc/passwd", "y"); os.rename("y", "result")
while not os.path.lexists("result"):
    pass
print("exchanging")

# shows = "a child killed by its parent is no limit either"
# outcome = "ok"
# stdout = "child ended by 9\n"
import os, signal, time
child = os.fork()
if child == 0:
    time.sleep(60)
os.kill(child, signal.SIGKILL)
print("child ended by", os.waitpid(child, 0)[1])

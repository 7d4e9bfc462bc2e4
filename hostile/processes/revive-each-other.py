# shows = "processes that start each other again when one is killed all end at once"
# outcome = ["wall_limit", "cpu_limit"]
# limits = { wall_ms = 1000 }
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def watch(other):
    while True:
        try:
            os.kill(other, 0)
        except OSError:
            pass
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(0)
        os.waitpid(child, 0)
me = os.getpid()
watch(os.fork() or me)

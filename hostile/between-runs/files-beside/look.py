# shows = "finds none"
# outcome = "ok"
# stdout = "['look.py'] [] []\n"
import os
print(os.listdir("/box"), os.listdir("/tmp"), os.listdir("/dev/shm"))

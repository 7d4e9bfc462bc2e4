# shows = "a folder with thousands of files is not gathered for the one that was asked for"
# outcome = "ok"
# limits = { cpu_ms = 3000 }
# output_files = ["all"]
# given_back = {}
# message_has = ["1024 files"]
import os
os.mkdir("all")
for i in range(3000):
    os.close(os.open(f"all/{i}", os.O_CREAT | os.O_WRONLY))

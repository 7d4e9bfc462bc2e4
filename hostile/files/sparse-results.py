# shows = "a hole that costs nothing to make does not make the host hold it"
# outcome = "ok"
# output_files = ["hole"]
# given_back = {}
# message_has = ["limited to 4194304 bytes"]
import os
os.close(os.open("hole", os.O_CREAT | os.O_RDWR))
os.truncate("hole", 60 << 20)

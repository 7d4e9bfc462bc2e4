# shows = "what children write counts"
# outcome = "output_limit"
# output_bytes = 100000
# limits = { output_bytes = 100000 }
import os
for _ in range(8):
    if os.fork() == 0:
        while True:
            os.write(1, b"x" * 500)
os.wait()

# shows = "both streams together are bounded, not each"
# outcome = "output_limit"
# output_bytes = 100000
# limits = { output_bytes = 100000 }
import os
while True:
    os.write(1, b"x" * 999)
    os.write(2, b"y" * 999)

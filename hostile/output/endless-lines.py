# shows = "endless small writes end at the limit"
# outcome = "output_limit"
# output_bytes = 50000
# limits = { output_bytes = 50000 }
import sys
while True:
    print("x")
    sys.stdout.flush()

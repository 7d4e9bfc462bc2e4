# shows = "output of exactly the limit is complete and no fault"
# outcome = "ok"
# limits = { output_bytes = 100000 }
# output_bytes = 100000
import sys
sys.stdout.write("x" * 99999 + "\n")

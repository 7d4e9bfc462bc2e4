# shows = "a terminal that is made to echo what is typed without end writes no more than allowed"
# pty = { cols = 80, rows = 24 }
# outcome = ["output_limit", "ok"]
# limits = { output_bytes = 20000 }
# stdin = "0123456789012345678901234567890123456789012345678901234567890123456789\n\u0004"
import sys
for line in sys.stdin:
    while True:
        print(line)

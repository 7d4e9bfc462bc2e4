# shows = "a terminal's output is bounded as well"
# pty = { cols = 80, rows = 24 }
# outcome = "output_limit"
# output_bytes = 50000
# limits = { output_bytes = 50000 }
while True:
    print("x" * 79)

# shows = "takes all that it can"
# outcome = "memory_limit"
kept = []
while True:
    kept.append(bytearray(1 << 20))

# shows = "files in /dev/shm count as memory"
# outcome = "memory_limit"
# limits = { memory_bytes = 33554432 }
with open("/dev/shm/hostile-mark", "wb") as file:
    for _ in range(60):
        file.write(b"x" * (1 << 20))

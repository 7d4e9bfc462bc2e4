# shows = "files in /tmp count as memory, unlinked ones too"
# outcome = "memory_limit"
# limits = { memory_bytes = 33554432 }
import os
file = open("/tmp/hostile-mark", "wb")
os.unlink("/tmp/hostile-mark")
for _ in range(60):
    file.write(b"x" * (1 << 20))

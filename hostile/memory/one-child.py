# shows = "when the kernel kills a child for memory, the verdict says so, whatever the parent makes of it"
# outcome = "memory_limit"
# limits = { memory_bytes = 50331648 }
# stdout = "child ended by 9\n"
import os
child = os.fork()
if child == 0:
    kept = bytearray(200 << 20)
print("child ended by", os.waitpid(child, 0)[1])

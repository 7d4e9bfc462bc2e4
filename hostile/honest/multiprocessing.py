# shows = "pools of processes, with their semaphores and shared memory, work"
# path = "main.py"
# outcome = "ok"
# limits = { cpu_ms = 3000 }
# stdout = "[0, 1, 4, 9, 16]\nb'shared'\n"
from multiprocessing import Pool, shared_memory
def square(n):
    return n * n
if __name__ == "__main__":
    with Pool(4) as pool:
        print(pool.map(square, range(5)))
    memory = shared_memory.SharedMemory(create=True, size=6)
    memory.buf[:6] = b"shared"
    print(bytes(memory.buf[:6]))
    memory.close()
    memory.unlink()

# shows = "leaves files everywhere it can"
# outcome = "ok"
# stdout = "/box: 2\n/tmp: 2\n/dev/shm: 2\n"
import os
for place in ("/box", "/tmp", "/dev/shm"):
    open(f"{place}/hostile-mark", "w").write("x")
    os.makedirs(f"{place}/.hostile-mark/deep")
    print(f"{place}: {len([n for n in os.listdir(place) if 'mark' in n])}")

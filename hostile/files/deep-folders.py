# shows = "folders many thousand deep hold nothing up, neither giving files back nor clearing up"
# outcome = "ok"
# stdout = "2000 deep\n"
# output_files = ["deep/result.txt", "result.txt"]
# given_back = { "deep/result.txt" = "second", "result.txt" = "first" }
import os
open("result.txt", "w").write("first")
os.mkdir("deep")
open("deep/result.txt", "w").write("second")
os.chdir("deep")
for depth in range(2000):
    os.mkdir("d")
    os.chdir("d")
print(depth + 1, "deep")

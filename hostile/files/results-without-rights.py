# shows = "taking rights away from files and folders confuses neither the next step nor the clearing up"
# outcome = "ok"
# output_files = ["closed", "folder/inside"]
# given_back = { closed = "1", "folder/inside" = "2" }
import os
open("closed", "w").write("1")
os.mkdir("folder")
open("folder/inside", "w").write("2")
os.chmod("closed", 0)
os.chmod("folder", 0)
os.chmod("/box", 0)
os.chmod("/tmp", 0)

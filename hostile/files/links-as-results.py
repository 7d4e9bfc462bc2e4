# shows = "links in the place of results are not followed: not the last part, not one in the middle, not the kernel's own"
# outcome = "ok"
# stdout = "linked\n"
# output_files = ["shadow", "passwd", "folder/passwd", "root/etc/passwd", "cwd/real", "middle/real", "self", "real"]
# given_back = { "real" = "mine" }
# message_has = ["shadow", "passwd", "folder/passwd", "root/etc/passwd", "cwd/real", "middle/real"]
# lacks = ["root:x:0"]
import os
os.symlink("/etc/shadow", "shadow")
os.symlink("/etc/passwd", "passwd")
os.symlink("/etc", "folder")
os.symlink("/proc/self/root", "root")
os.symlink("/proc/self/cwd", "cwd")
os.mkdir("really")
open("really/real", "w").write("mine")
os.symlink("really", "middle")
os.symlink("self", "self")
open("real", "w").write("mine")
print("linked")

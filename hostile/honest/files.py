# shows = "temporary files, folders, links, locks, maps and renames in one's own places work"
# outcome = "ok"
# stdout = "ok /box user localhost\n"
import fcntl, getpass, mmap, os, pwd, shutil, socket, tempfile
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/a", "w+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX)
        file.truncate(4096)
        mmap.mmap(file.fileno(), 4096)[0:2] = b"ok"
    os.symlink("a", folder + "/b")
    os.link(folder + "/a", folder + "/c")
    os.rename(folder + "/c", folder + "/d")
    shutil.copytree(folder, "/box/copy")
    content = open("/box/copy/d", "rb").read(2).decode()
print(content, os.environ["HOME"], pwd.getpwuid(os.getuid()).pw_name, socket.getfqdn("localhost"))

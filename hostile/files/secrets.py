# shows = "nothing of the host's files but the base system is there to be read"
# outcome = "ok"
# stdout = "readable: []\nroot: bin box dev etc lib proc sbin tmp usr\n"
# lacks = ["PRIVATE KEY"]
import os
paths = """@HOST@/secret @HOST@ /etc/shadow /etc/gshadow /etc/sudoers /etc/ssh /etc/ssl/private /etc/machine-id /etc/fstab /root /root/.ssh
    /root/.bash_history /root/.cargo/credentials.toml /home /var /var/lib /var/log /run /srv /opt /mnt /media /boot /proc/1/environ
    /proc/self/fd/3 /lost+found /.dockerenv /swapfile /old_root""".split()
def readable(path):
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
        return True
    except OSError:
        return False
# Folders that lead to a toolchain are there, and empty but for it.
print("readable:", [path for path in paths if readable(path) and path not in ("/root", "/opt")])
print("root:", *sorted(set(os.listdir("/")) - {"lib32", "lib64", "root", "opt"}))

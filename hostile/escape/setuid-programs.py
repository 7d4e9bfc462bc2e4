# shows = "programs that give their user root's rights elsewhere give nothing here, nor can any be made"
# outcome = "ok"
# stdout = "none runs as root\nchmod u+s: done\nruns as 1000\nfile capability: EPERM\n"
# limits = { cpu_ms = 5000, wall_ms = 30000 }
# with = ["tried.py"]
import os, shutil, subprocess
from tried import tried
setuid = [e.path for d in ("/usr/bin", "/usr/sbin") for e in os.scandir(d) if e.is_file() and e.stat().st_mode & 0o6000]
said = b""
for program in setuid:
    try:
        ran = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, timeout=0.3)
        said += ran.stdout + ran.stderr
    except subprocess.TimeoutExpired:
        pass
said += subprocess.run(["/usr/bin/su", "-c", "/usr/bin/id"], stdin=subprocess.DEVNULL, capture_output=True).stdout
print("none runs as root" if setuid and b"uid=0" not in said else said)
shutil.copy("/usr/bin/id", "/box/id")
tried("chmod u+s", lambda: os.chmod("/box/id", 0o6755))
print("runs as", subprocess.run(["/box/id", "-u"], capture_output=True, text=True).stdout.strip())
tried("file capability", lambda: os.setxattr("/box/id", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000")))

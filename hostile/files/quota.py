# shows = "many files together are bounded in bytes"
# outcome = "ok"
# stdout = "ENOSPC: 64 MiB at most\n"
# limits = { cpu_ms = 3000 }
import errno
written = 0
try:
    for i in range(1000):
        with open(f"/tmp/hostile-mark-{i}", "wb", buffering=0) as file:
            written += file.write(b"x" * (1 << 20))
except OSError as error:
    print(f"{errno.errorcode[error.errno]}: {'64 MiB at most' if written <= 64 << 20 else written}")

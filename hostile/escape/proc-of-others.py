# shows = "/proc has one's own processes only, and nothing about the machine"
# outcome = "ok"
# stdout = "only own: True\n/proc/1: ENOENT\n/proc/1/environ: ENOENT\n/proc/1/root: ENOENT\n/proc/keys: ENOENT\n/proc/kcore: ENOENT\n/proc/kallsyms: ENOENT\n/proc/kmsg: ENOENT\n/proc/sys/kernel/core_pattern: ENOENT\n/proc/sysrq-trigger: ENOENT\n/proc/meminfo: ENOENT\n/proc/cmdline: ENOENT\n/proc/mounts: ENOENT\n/proc/locks: ENOENT\n/proc/timer_list: ENOENT\n/sys: ENOENT\n/sys/fs/cgroup: ENOENT\n/sys/kernel: ENOENT\n"
# with = ["tried.py"]
import os
from tried import tried
seen = [name for name in os.listdir("/proc") if name.isdigit()]
print("only own:", seen == [str(os.getpid())])
for path in """/proc/1 /proc/1/environ /proc/1/root /proc/keys /proc/kcore /proc/kallsyms /proc/kmsg
    /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/meminfo /proc/cmdline /proc/mounts /proc/locks /proc/timer_list
    /sys /sys/fs/cgroup /sys/kernel""".split():
    tried(path, lambda: os.stat(path))

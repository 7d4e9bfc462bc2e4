# shows = "the environment is what was asked for and the usual; nothing of the host's"
# outcome = "ok"
# env = { GREETING = "hello" }
# stdout = "GREETING HOME LANG PATH TMPDIR\n"
# lacks = ["CARGO", "CODECRAFTER_"]
import os
added_by_python = {"LC_CTYPE"}
block = open("/proc/self/environ").read().split("\0")
names = {entry.split("=")[0] for entry in block if entry}
print(*sorted((set(os.environ) | names) - added_by_python - {n for n in names if n.startswith("PYTHON")}))

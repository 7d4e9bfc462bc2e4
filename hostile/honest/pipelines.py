# shows = "shells, pipes and children work"
# outcome = "ok"
# stdout = "3\n"
import subprocess
print(subprocess.run("printf 'b\\na\\nc\\n' | sort | wc -l", shell=True, capture_output=True, text=True).stdout.strip())

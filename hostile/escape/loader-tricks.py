# shows = "variables that steer the loader and the runtimes are the program's own affair: they reach no compiler and no init"
# outcome = "ok"
# env = { LD_PRELOAD = "/box/none.so", LD_LIBRARY_PATH = "/box", LD_AUDIT = "/box/none.so", PYTHONSTARTUP = "/box/x.py", GLIBC_TUNABLES = "glibc.malloc.check=3" }
# stdout = "ran\n"
print("ran")

# shows = "a source that overflows the parser's stack is an error of the program"
# outcome = ["runtime_error", "signalled", "memory_limit"]
# limits = { cpu_ms = 3000 }
eval("(" * 100000 + ")" * 100000)

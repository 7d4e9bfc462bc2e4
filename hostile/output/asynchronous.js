// shows = "output that a runtime keeps in memory until it can be written is bounded by the one or the other"
// outcome = ["output_limit", "memory_limit"]
// limits = { output_bytes = 100000 }
(function flood() { for (let i = 0; i < 100; i++) process.stdout.write("flood\n"); setImmediate(flood); })();

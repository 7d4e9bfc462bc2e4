// shows = "a runtime that starts itself without end"
// outcome = ["cpu_limit", "wall_limit", "memory_limit"]
// limits = { cpu_ms = 1500, wall_ms = 3000, memory_bytes = 268435456 }
const { spawn } = require("child_process");
for (;;) spawn(process.execPath, [__filename]).on("error", () => {});

// shows = "worker threads, timers and child processes of a runtime work"
// outcome = "ok"
// limits = { cpu_ms = 3000, memory_bytes = 268435456 }
// stdout = "worker 42\nchild ok\n"
const { Worker } = require("worker_threads");
const { execFile } = require("child_process");
new Worker("require('worker_threads').parentPort.postMessage(42)", { eval: true }).on("message", n => {
  console.log("worker", n);
  execFile("/bin/echo", ["ok"], (_, out) => console.log("child", out.trim()));
});

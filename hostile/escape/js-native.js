// shows = "native code in a runtime is in the same jail"
// outcome = "ok"
// stdout = ["dlopen: ERR_DLOPEN_FAILED\nsetuid: EPERM\nkill 1: EPERM\nchroot by shell: refused\nenvironment of the init: ENOENT\n", "dlopen: ERR_DLOPEN_FAILED\nsetuid: EINVAL\nkill 1: EPERM\nchroot by shell: refused\nenvironment of the init: ENOENT\n"]
const fs = require("fs");
const { spawnSync } = require("child_process");
function tried(name, attempt) {
  try { attempt(); console.log(name + ": done"); } catch (error) { console.log(name + ": " + error.code); }
}
tried("dlopen", () => process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6"));
tried("setuid", () => process.setuid(0));
tried("kill 1", () => process.kill(1, "SIGKILL"));
const ran = spawnSync("/usr/sbin/chroot", ["/box", "/bin/sh"]);
console.log("chroot by shell: " + (ran.status === 0 ? "done" : "refused"));
tried("environment of the init", () => fs.readFileSync("/proc/1/environ"));

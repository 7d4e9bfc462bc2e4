// shows = "an exception that nobody catches: exit code 1, its trace, and what was printed before"
// path = "Crash.java"
// outcome = "runtime_error"
// exit_code = 1
// stdout = "before\n"
// stderr_has = ["IllegalStateException", "Crash.main"]
// limits = { memory_bytes = 268435456 }
class Crash { public static void main(String[] args) { System.out.println("before"); throw new IllegalStateException("unhandled"); } }

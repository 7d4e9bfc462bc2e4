// shows = "threads of a JVM without end"
// path = "Bomb.java"
// outcome = ["cpu_limit", "wall_limit", "runtime_error"]
// limits = { memory_bytes = 268435456, cpu_ms = 1500, wall_ms = 4000 }
class Bomb {
    public static void main(String[] args) {
        for (;;) try { new Thread(() -> { for (;;) Thread.onSpinWait(); }).start(); } catch (Throwable t) { }
    }
}

// shows = "threads of a JVM that no main method waits for are ended with it, or by their time"
// path = "Threads.java"
// outcome = "cpu_limit"
// limits = { memory_bytes = 268435456, cpu_ms = 700 }
class Threads {
    public static void main(String[] args) {
        for (int i = 0; i < 8; i++) new Thread(() -> { for (long n = 0; ; n++) if (n < 0) n = 0; }).start();
    }
}

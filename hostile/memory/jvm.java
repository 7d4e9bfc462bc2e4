// shows = "a JVM keeps to the memory that it is told of and says so itself"
// path = "Hog.java"
// outcome = "runtime_error"
// exit_code = 1
// limits = { memory_bytes = 201326592, cpu_ms = 5000 }
// stderr_has = ["OutOfMemoryError"]
import java.util.*;
class Hog {
    public static void main(String[] args) {
        List<byte[]> all = new ArrayList<>();
        for (;;) all.add(new byte[1 << 20]);
    }
}

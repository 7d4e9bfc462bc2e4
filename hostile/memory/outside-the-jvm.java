// shows = "memory beside the JVM's heap counts"
// path = "Outside.java"
// outcome = ["memory_limit", "runtime_error"]
// limits = { memory_bytes = 201326592, cpu_ms = 5000 }
// memory_mib_max = 192
import java.nio.ByteBuffer;
import java.util.*;
class Outside {
    public static void main(String[] args) {
        List<ByteBuffer> all = new ArrayList<>();
        for (;;) {
            ByteBuffer b = ByteBuffer.allocateDirect(1 << 20);
            for (int i = 0; i < b.capacity(); i += 4096) b.put(i, (byte) 1);
            all.add(b);
        }
    }
}

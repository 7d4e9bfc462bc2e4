// shows = "pools of threads, virtual ones and reflection work"
// path = "Pool.java"
// outcome = "ok"
// limits = { memory_bytes = 268435456, cpu_ms = 5000, processes = 128 }
// stdout = "4950\n"
import java.util.concurrent.*;
import java.util.stream.*;
class Pool {
    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(32);
        var all = IntStream.range(0, 100).mapToObj(n -> pool.submit(() -> n)).toList();
        int sum = 0;
        for (var one : all) sum += one.get();
        pool.shutdown();
        System.out.println(sum);
    }
}

// shows = "output of a JVM without end"
// path = "Flood.java"
// outcome = "output_limit"
// output_bytes = 100000
// limits = { output_bytes = 100000, memory_bytes = 268435456 }
class Flood {
    public static void main(String[] args) { for (;;) System.out.println("flood"); }
}

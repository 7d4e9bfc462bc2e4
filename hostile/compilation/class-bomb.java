// shows = "a constant expression that grows exponentially ends at a limit"
// path = "Main.java"
// outcome = ["compile_error", "ok"]
// compile_limits = { cpu_ms = 4000, wall_ms = 8000 }
// limits = { memory_bytes = 268435456 }
class Main {
    static final String A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static final String B = A + A + A + A + A + A + A + A + A + A, C = B + B + B + B + B + B + B + B + B + B;
    static final String D = C + C + C + C + C + C + C + C + C + C, E = D + D + D + D + D + D + D + D + D + D;
    static final String F = E + E + E + E + E + E + E + E + E + E, G = F + F + F + F + F + F + F + F + F + F;
    public static void main(String[] args) { System.out.println(G.length()); }
}

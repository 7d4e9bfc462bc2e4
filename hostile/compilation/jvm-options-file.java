// shows = "files that the JVM looks for beside a program change nothing of the platform's choice"
// path = "Main.java"
// outcome = "ok"
// limits = { memory_bytes = 268435456 }
// files = [{ path = ".hotspotrc", content = "+PrintVMOptions\nOnOutOfMemoryError=/bin/sh\n" }, { path = ".hotspot_compiler", content = "quiet\n" }]
// stdout = "true\n"
class Main { public static void main(String[] args) { System.out.println(Runtime.getRuntime().maxMemory() < (200 << 20)); } }

// shows = "javac does not look for plug-ins, which are code in the compiler, among the files of the request"
// path = "Main.java"
// outcome = "ok"
// stdout = "ran\n"
// limits = { memory_bytes = 268435456 }
// files = [{ path = "META-INF/services/com.sun.source.util.Plugin", content = "Evil\n" }, { path = "javac.properties", content = "x" }, { path = "JDK_JAVAC_OPTIONS", content = "-Xplugin:Evil" }]
class Main { public static void main(String[] args) { System.out.println("ran"); } }

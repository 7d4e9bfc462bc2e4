// shows = "a class that was not compiled from the sources may be brought along: it is in the jail like the rest"
// path = "Main.java"
// outcome = ["ok", "compile_error", "runtime_error"]
// limits = { memory_bytes = 268435456 }
// files = [{ path = ".classes/Main.class", content = "yv66vgAAADQ=", encoding = "base64" }]
// stdout = ["compiled\n", ""]
class Main { public static void main(String[] args) { System.out.println("compiled"); } }

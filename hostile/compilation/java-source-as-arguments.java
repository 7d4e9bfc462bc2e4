// shows = "javac does not read a source as a file of arguments"
// path = "@Main.java"
// outcome = "ok"
// stdout = "compiled\n"
class Main { public static void main(String[] args) { System.out.println("compiled"); } }

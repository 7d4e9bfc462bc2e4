// shows = "a file with the name of the folder of classes"
// path = "Main.java"
// outcome = "compile_error"
// files = [{ path = ".classes", content = "" }]
class Main { public static void main(String[] args) {} }

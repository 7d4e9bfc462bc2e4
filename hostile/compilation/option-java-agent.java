// shows = "an agent is code in the compiler"
// refused = ["compile_options[0]"]
// compile_options = ['-J-javaagent:/box/x.jar']
class Main { public static void main(String[] args) {} }

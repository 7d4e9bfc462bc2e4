// shows = "an annotation processor is code in the compiler"
// refused = ["compile_options[0]"]
// compile_options = ['-processor=Evil']
class Main { public static void main(String[] args) {} }

// shows = "where classes go is not to be chosen"
// refused = ["compile_options[0]"]
// compile_options = ['-d']
class Main { public static void main(String[] args) {} }

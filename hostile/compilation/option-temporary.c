// shows = "files of the compiler"
// refused = ["compile_options[0]"]
// compile_options = ['-save-temps']
int main(void) { return 0; }

// shows = "a wrapper is a program of choice"
// refused = ["compile_options[0]"]
// compile_options = ['-wrapper']
int main(void) { return 0; }

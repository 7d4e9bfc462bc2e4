// shows = "where the program goes is not to be chosen"
// refused = ["compile_options[0]"]
// compile_options = ['-o/etc/x']
int main(void) { return 0; }

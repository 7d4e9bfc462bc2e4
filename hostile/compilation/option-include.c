// shows = "a file of choice"
// refused = ["compile_options[0]"]
// compile_options = ['-include/etc/shadow']
int main(void) { return 0; }

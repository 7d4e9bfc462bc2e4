// shows = "a file of options may hold any option, and its content is told in errors"
// refused = ["compile_options[0]"]
// compile_options = ['@/etc/passwd']
int main(void) { return 0; }

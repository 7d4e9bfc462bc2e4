// shows = "specs are a language of commands"
// refused = ["compile_options[0]"]
// compile_options = ['-specs=/box/specs']
int main(void) { return 0; }

// shows = "a folder of other tools"
// refused = ["compile_options[0]"]
// compile_options = ['-B/box']
int main(void) { return 0; }

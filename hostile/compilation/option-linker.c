// shows = "what starts the program"
// refused = ["compile_options[0]"]
// compile_options = ['-Wl,--dynamic-linker=/box/x']
int main(void) { return 0; }

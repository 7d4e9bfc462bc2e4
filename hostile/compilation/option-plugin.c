// shows = "a plug-in is code in the compiler"
// refused = ["compile_options[0]"]
// compile_options = ['-fplugin=/box/x.so']
int main(void) { return 0; }

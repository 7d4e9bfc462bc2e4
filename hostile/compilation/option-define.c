// shows = "only the definitions in the list"
// refused = ["compile_options[0]"]
// compile_options = ['-DX=1']
int main(void) { return 0; }

// shows = "options of the assembler"
// refused = ["compile_options[0]"]
// compile_options = ['-Wa,-al=/box/x']
int main(void) { return 0; }

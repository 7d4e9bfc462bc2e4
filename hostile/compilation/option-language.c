// shows = "another language"
// refused = ["compile_options[0]"]
// compile_options = ['-xassembler']
int main(void) { return 0; }

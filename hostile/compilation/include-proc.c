// shows = "what /proc says of the compiler names nothing of the host's"
// outcome = ["ok", "compile_error"]
// lacks = ["CARGO", "SSH_", "CODECRAFTER_", "@HOST@"]
#include "/proc/self/environ"
int main(void) { return 0; }

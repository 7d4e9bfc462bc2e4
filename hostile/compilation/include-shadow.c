// shows = "the compiler has no file of the host to include and print"
// outcome = "compile_error"
// compile_has = ["/etc/shadow: No such file"]
// lacks = ["root:"]
#include "/etc/shadow"
int main(void) { return 0; }

// shows = "nor a file that everybody on the host may read"
// outcome = "compile_error"
// compile_has = ["secret: No such file"]
char *s =
#include "@HOST@/secret"
;
int main(void) { return 0; }

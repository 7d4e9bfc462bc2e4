// shows = "pragmas that name files find none"
// outcome = ["compile_error", "ok"]
// lacks = ["root:"]
#pragma GCC dependency "/etc/shadow"
#pragma GCC pch_preprocess "/etc/shadow"
int main(void) { return 0; }

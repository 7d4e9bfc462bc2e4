// shows = "a thread may end the program"
// outcome = "runtime_error"
// exit_code = 5
#include <cstdlib>
#include <thread>
int main() { std::thread([] { std::exit(5); }).join(); }

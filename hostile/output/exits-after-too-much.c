// shows = "who writes too much and ends at once has still written too much"
// outcome = "output_limit"
// output_bytes = 10
// limits = { output_bytes = 10 }
#include <unistd.h>
int main(void) { write(1, "12345678901", 11); return 0; }

// shows = "standard error counts"
// outcome = "output_limit"
// output_bytes = 50000
// limits = { output_bytes = 50000 }
#include <stdio.h>
int main(void) { for (;;) fputs("error\n", stderr); }

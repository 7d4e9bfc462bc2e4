// shows = "a program that does not fit into its memory has that as its verdict, not a fault of the platform's"
// outcome = "memory_limit"
// limits = { memory_bytes = 8388608 }
int all[4 << 20] = {1};
int main(void) { return all[0] - 1; }

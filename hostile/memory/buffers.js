// shows = "memory outside the JavaScript heap counts"
// outcome = "memory_limit"
const all = [];
for (;;) all.push(Buffer.alloc(1 << 20, 1));

// shows = "a file without end in rustc"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 200000000, cpu_ms = 2000, wall_ms = 6000 }
fn main() { print!("{}", include_bytes!("/dev/zero").len()); }

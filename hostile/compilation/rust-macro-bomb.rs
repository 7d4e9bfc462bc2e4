// shows = "macros of Rust that multiply end at the limit"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 300000000, cpu_ms = 3000 }
macro_rules! bomb {
    ($($t:tt)*) => { bomb!($($t)* $($t)*) };
}
fn main() { bomb!(x x) }

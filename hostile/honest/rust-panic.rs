// shows = "a panic: exit code 101"
// outcome = "runtime_error"
// exit_code = 101
// stdout = "before\n"
// stderr_has = ["panicked at"]
fn main() { println!("before"); panic!("after") }

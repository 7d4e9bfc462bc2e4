// shows = "a program that declares itself a library is not a program"
// outcome = "runtime_error"
// exit_code = 126
// stderr_has = ["cannot start /box/.program"]
#![crate_type = "lib"]
#![crate_name = "main"]
pub fn main() {}

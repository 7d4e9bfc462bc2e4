// shows = "rustc does not read a source as a file of arguments"
// path = "@main.rs"
// outcome = "ok"
// stdout = "compiled\n"
fn main() { println!("compiled"); }

// shows = "compiles and links all the same"
// outcome = "ok"
// stdout = "compiled beside locks\n"
fn main() { println!("compiled beside locks"); }

// shows = "a program that panics when it cannot write has the output limit as its verdict"
// outcome = "output_limit"
// output_bytes = 100000
// limits = { output_bytes = 100000 }
fn main() { loop { println!("flood") } }

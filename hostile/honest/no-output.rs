// shows = "a program without any output"
// outcome = "ok"
// stdout = ""
fn main() {}

// shows = "a library to link is looked for inside only, and its name is no option"
// outcome = "compile_error"
#[link(name = "x\" -T /etc/passwd \"", kind = "static")]
extern "C" {}
#[link(name = "../../../etc/passwd")]
extern "C" { fn none(); }
fn main() { unsafe { none() } }

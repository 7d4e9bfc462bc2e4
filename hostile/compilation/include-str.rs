// shows = "rustc has no file of the host to put into a program"
// outcome = "compile_error"
// compile_has = ["couldn't read"]
// lacks = ["root:"]
fn main() { print!("{}{}", include_str!("/etc/shadow"), include_str!("@HOST@/secret")); }

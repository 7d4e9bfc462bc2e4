// shows = "a module from a path outside"
// outcome = "compile_error"
// compile_has = ["couldn't read"]
#[path = "/etc/shadow"]
mod shadow;
#[path = "@HOST@/secret"]
mod secret;
fn main() {}

// shows = "the compiler's environment holds nothing of the host's"
// outcome = "ok"
// env = { SECRET = "of the request" }
// stdout = "None None None None\n"
fn main() {
    let all = [option_env!("CARGO_HOME"), option_env!("CODECRAFTER_SECRET"), option_env!("SSH_AUTH_SOCK"), option_env!("SECRET")];
    println!("{:?} {:?} {:?} {:?}", all[0], all[1], all[2], all[3]);
}

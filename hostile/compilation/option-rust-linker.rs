// shows = "a linker is a program of choice"
// refused = ["compile_options[0]"]
// compile_options = ['-Clinker=/box/x']
fn main() {}

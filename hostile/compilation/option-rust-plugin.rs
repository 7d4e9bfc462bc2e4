// shows = "a backend is code in the compiler"
// refused = ["compile_options[0]"]
// compile_options = ['-Zcodegen-backend=/box/x.so']
fn main() {}

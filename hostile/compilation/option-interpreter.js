// shows = "an interpreted language takes none"
// refused = ["compile_options[0]"]
// compile_options = ['--require=/etc/passwd']


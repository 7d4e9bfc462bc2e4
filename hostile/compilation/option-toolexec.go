// shows = "a program in place of every tool"
// refused = ["compile_options[0]"]
// compile_options = ['-toolexec=/box/x']
package main
func main() {}

// shows = "files in place of others"
// refused = ["compile_options[0]"]
// compile_options = ['-overlay=/box/x']
package main
func main() {}

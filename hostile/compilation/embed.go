// shows = "embedding takes no file from outside the program's folder"
// outcome = "compile_error"
// compile_has = ["/etc/passwd"]
// lacks = ["root:x"]
package main

import _ "embed"

//go:embed /etc/passwd
var passwd string

func main() { print(passwd) }

// shows = "a panic: exit code 2 and what was printed before"
// outcome = "runtime_error"
// exit_code = 2
// stdout = "before\n"
// stderr_has = ["panic: after"]
package main

import "fmt"

func main() {
	fmt.Println("before")
	panic("after")
}

// shows = "commands in comments are not run, and links into the runtime stay inside the program"
// outcome = ["ok", "compile_error"]
// files = [{ path = "empty.s", content = "" }]
// lacks = ["generated"]
package main

import (
	"fmt"
	_ "unsafe"
)

//go:generate sh -c "echo generated >&2"

//go:linkname fastexit runtime.exit
func fastexit(code int32)

func main() { fmt.Println("ran"); _ = fastexit }

// shows = "a program that starts itself without end"
// outcome = ["cpu_limit", "wall_limit", "memory_limit", "runtime_error"]
// limits = { wall_ms = 3000 }
package main

import (
	"os"
	"os/exec"
)

func main() {
	for {
		exec.Command(os.Args[0]).Start()
	}
}

// shows = "variables of a request do not reach go build"
// outcome = "ok"
// env = { GOFLAGS = "-toolexec=/box/x", GOENV = "/box/env", GOROOT = "/box", CGO_ENABLED = "1", CC = "/box/x", GOTOOLCHAIN = "go1.99" }
// stdout = "compiled\n"
package main

import "fmt"

func main() { fmt.Println("compiled") }

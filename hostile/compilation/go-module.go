// shows = "a module file brings neither another toolchain, nor files of the host, nor the network"
// outcome = "compile_error"
// files = [{ path = "go.mod", content = "module x\n\ngo 1.21\n\nrequire example.org/y v1.0.0\n\nreplace example.org/y => @HOST@\n" }]
// compile_has = ["example.org/y"]
package main

import "example.org/y"

func main() { y.X() }

// shows = "a toolchain of the request's choice is not fetched"
// outcome = "compile_error"
// files = [{ path = "go.mod", content = "module x\n\ngo 1.99\n\ntoolchain go1.99.0\n" }]
// compile_has = ["go.mod"]
package main

func main() {}

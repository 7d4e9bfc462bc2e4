// shows = "no C in Go: its directives are a compiler's options"
// outcome = "compile_error"
// lacks = ["root:x"]
package main

// #cgo LDFLAGS: -Wl,-T/etc/passwd
// #cgo CFLAGS: -fplugin=/box/x.so
// #include "/etc/passwd"
import "C"

func main() { C.puts(nil) }

// shows = "Go's own resolver and dialler find nobody"
// outcome = "ok"
// stdout = "dial unreachable\nlookup failed\n"
package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

func main() {
	_, err := net.Dial("tcp", "192.0.2.1:80")
	if errors.Is(err, syscall.ENETUNREACH) {
		fmt.Println("dial unreachable")
	} else {
		fmt.Println("dial", err)
	}
	// Some versions of Go find nothing without an error.
	if found, err := net.LookupHost("example.org"); err != nil || len(found) == 0 {
		fmt.Println("lookup failed")
	}
}

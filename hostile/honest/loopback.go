// shows = "a program may talk with itself over the loopback interface, IPv4 and IPv6"
// outcome = "ok"
// stdout = "127.0.0.1 hello\n[::1] hello\n"
package main

import (
	"fmt"
	"io"
	"net"
)

func main() {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		listener, err := net.Listen("tcp", host+":0")
		if err != nil {
			fmt.Println(err)
			continue
		}
		go func() {
			server, _ := listener.Accept()
			io.WriteString(server, "hello")
			server.Close()
		}()
		client, _ := net.Dial("tcp", listener.Addr().String())
		said, _ := io.ReadAll(client)
		fmt.Println(host, string(said))
	}
}

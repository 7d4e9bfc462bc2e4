// shows = "many goroutines that write at the same time"
// outcome = "output_limit"
// output_bytes = 100000
// limits = { output_bytes = 100000 }
package main

import "os"

func main() {
	for i := 0; i < 20; i++ {
		go func() {
			for {
				os.Stdout.WriteString("flood\n")
			}
		}()
	}
	select {}
}

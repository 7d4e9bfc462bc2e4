// shows = "goroutines on all processors share one account"
// outcome = "cpu_limit"
// limits = { cpu_ms = 600 }
package main

func main() {
	for i := 0; i < 100; i++ {
		go func() {
			for {
			}
		}()
	}
	select {}
}

// shows = "ten thousand goroutines"
// outcome = "ok"
// stdout = "10000\n"
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var sum atomic.Int64
	var all sync.WaitGroup
	for i := 0; i < 10000; i++ {
		all.Add(1)
		go func() { sum.Add(1); all.Done() }()
	}
	all.Wait()
	fmt.Println(sum.Load())
}

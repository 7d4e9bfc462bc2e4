// shows = "memory of a runtime that reserves much and touches little counts as it is touched"
// outcome = "memory_limit"
// limits = { memory_bytes = 67108864 }
package main

var all [][]byte

func main() {
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		all = append(all, b)
	}
}

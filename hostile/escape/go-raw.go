// shows = "raw system calls of Go's runtime are filtered as any other's"
// outcome = "ok"
// stdout = "unshare operation not permitted\nmount operation not permitted\nptrace operation not permitted\nchild in a namespace: operation not permitted\n"
package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

func main() {
	_, _, err := syscall.RawSyscall(syscall.SYS_UNSHARE, syscall.CLONE_NEWUSER, 0, 0)
	fmt.Println("unshare", err)
	fmt.Println("mount", syscall.Mount("x", "/tmp", "tmpfs", 0, ""))
	fmt.Println("ptrace", syscall.PtraceAttach(1))
	command := exec.Command("/bin/true")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	failed, _ := command.Run().(interface{ Unwrap() error })
	fmt.Println("child in a namespace:", failed.Unwrap())
}

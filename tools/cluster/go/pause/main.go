// Holds a pod's namespaces open, and makes or removes the folder of a volume; it never does anything else.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	path := flag.String("p", "", "folder of the volume")
	action := flag.String("a", "", "create or delete; without it: wait to be stopped")
	flag.String("s", "", "size in bytes, which a plain folder cannot keep to")
	flag.String("m", "", "volume mode, of which a folder has one")
	flag.Parse()
	if err := act(*action, *path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func act(action, path string) error {
	switch action {
	case "create":
		if err := os.MkdirAll(path, 0o777); err != nil {
			return err
		}
		return os.Chmod(path, 0o777) // the umask took some away; pods run as any user
	case "delete":
		return os.RemoveAll(path)
	default:
		wait()
		return nil
	}
}

// wait also buries the processes of a pod that shares one process namespace, as whose first process it runs.
func wait() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for s := range signals {
		if s != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

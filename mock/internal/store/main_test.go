package store

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// holdVariable makes this test binary a process that opens the data file it names, says so, and
// keeps it open until its standard input ends.
const holdVariable = "STORE_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		os.Exit(hold(path))
	}
	code := m.Run()
	if left := leftOver(); code == 0 && left != "" {
		fmt.Println("goroutines of the store that outlive Close:\n" + left)
		code = 1
	}
	os.Exit(code)
}

func hold(path string) int {
	db, err := Open(path, Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := db.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// leftOver returns the stacks of goroutines that still run methods of a DB after all tests have
// closed theirs. The last steps of one may take a moment.
func leftOver() string {
	for start := time.Now(); ; {
		buf := make([]byte, 1<<20)
		var left []string
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "store.(*DB)") {
				left = append(left, g)
			}
		}
		if len(left) == 0 || time.Since(start) > 5*time.Second {
			return strings.Join(left, "\n\n")
		}
		runtime.Gosched()
	}
}

package webhook

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftOver(); code == 0 && left != "" {
		fmt.Println("goroutines that outlive Close:\n" + left)
		code = 1
	}
	os.Exit(code)
}

// leftOver returns the stacks of goroutines of deliverers and their connections after all tests
// have closed theirs. The last steps of one may take a moment.
func leftOver() string {
	for start := time.Now(); ; {
		buf := make([]byte, 1<<20)
		var left []string
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "webhook.(*Deliverer)") || strings.Contains(g, "http.(*persistConn)") {
				left = append(left, g)
			}
		}
		if len(left) == 0 || time.Since(start) > 5*time.Second {
			return strings.Join(left, "\n\n")
		}
		runtime.Gosched()
	}
}

package reporting

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
)

// TestSizeOnDisk: a delivery takes at most 2.2 times its own bytes of the data file, with all that is
// remembered of it.
func TestSizeOnDisk(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	deliver := newDelivery(t, mock.Options{Data: data, Durability: mock.Async})
	example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	const rounds, clients = 40, 128
	for range rounds {
		together(clients, deliver)
	}
	file, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	ratio := float64(file.Size()) / float64(rounds*clients*len(example))
	t.Logf("%d deliveries of %d bytes take %d bytes, %.2f times as many", rounds*clients, len(example), file.Size(),
		ratio)
	if ratio > 2.2 {
		t.Errorf("a delivery takes %.2f times its bytes, at most 2.2 are expected", ratio)
	}
}

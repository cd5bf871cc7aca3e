package store

import (
	"errors"
	"os"
	"path/filepath"
	"pgregory.net/rapid"
	"testing"
)

func TestAdhocLive(t *testing.T) {
	folder := t.TempDir()
	n, bad := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		data := patched(rt)
		path := filepath.Join(folder, "data.db")
		os.WriteFile(path, data, 0o600)
		db, err := Open(path, Options{Durability: Async})
		if err != nil {
			rt.Fatal(err)
		}
		f, _ := os.OpenFile(path, os.O_WRONLY, 0)
		m, _ := readMeta(f)
		_ = m
		var leaves []int
		for id := 4; id < len(data)/4096; id++ {
			if order.Uint64(data[id*4096:]) == uint64(id) && order.Uint16(data[id*4096+8:]) == leafPage {
				leaves = append(leaves, id)
			}
		}
		for range rapid.IntRange(1, 20).Draw(rt, "n") {
			p := rapid.SampledFrom(leaves).Draw(rt, "p")
			at := rapid.OneOf(rapid.IntRange(0, 63), rapid.IntRange(0, 255), rapid.IntRange(0, 4095)).Draw(rt, "at")
			f.WriteAt([]byte{rapid.Byte().Draw(rt, "b")}, int64(p*4096+at))
		}
		f.Close()
		met := func(err error) {
			if err != nil {
				bad++
				if !errors.Is(err, ErrDamaged) {
					rt.Log(err)
				}
			}
		}
		n++
		for _, s := range []string{"default", "another"} {
			look := func(tx *Tx) error {
				for e, err := range steder.All(tx, "") {
					met(err)
					_, _, err = steder.Get(tx, e.Key)
					met(err)
				}
				for e, err := range filer.All(tx, "") {
					met(err)
					_, _, err = filer.Get(tx, e.Key)
					met(err)
				}
				for _, err := range personer.All(tx, "") {
					met(err)
				}
				return nil
			}
			met(db.View(s, noon, look))
			met(db.Update(s, noon, look))
			met(db.Update(s, noon, func(tx *Tx) error {
				for n := range int64(300) {
					met(filer.Delete(tx, ascending(n)))
					if n%2 == 0 {
						met(steder.Put(tx, "long "+ascending(n), "w"))
					}
				}
				return nil
			}))
			met(db.View(s, noon, look))
		}
		db.Close()
	})
	t.Log(n, bad)
}

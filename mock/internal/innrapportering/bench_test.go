package innrapportering

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
)

// BenchmarkKontroll checks the page's example, in which nearly everything is wrong, and stores the
// findings. Compare it with schema.Decode of the same document.
func BenchmarkKontroll(b *testing.B) {
	for name, api := range testAPIs(b) {
		text := example(b, api)
		document := decode(b, text)
		year := yearOf(b, api, document)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(check(api, document, year, ControlStrict)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decode(b, text)
			}
		})
	}
}

// tenMebibytes returns BSU's example with as many of its oppgaver as fit into 10 MiB, each with
// another kontonummer or all alike.
func tenMebibytes(b *testing.B, api *catalog.API, alike bool) []byte {
	original := example(b, api)
	document := unmarshal(b, original)
	oppgaver := list(api.Felter.Oppgave, document)
	var many []json.RawMessage
	for size := len(original); size < 10<<20; {
		oppgave := oppgaver[len(many)%len(oppgaver)]
		if !alike {
			set(oppgave, jsonptr.Pointer{"kontonummer"}, fmt.Sprintf("%011d", len(many)))
		}
		text, err := json.Marshal(oppgave)
		if err != nil {
			b.Fatal(err)
		}
		many = append(many, text)
		size += len(text) + 1
	}
	set(document, api.Felter.Oppgave, many[:len(many)-1])
	text, err := json.Marshal(document)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// BenchmarkTenMebibytes checks a delivery of the maximal size.
func BenchmarkTenMebibytes(b *testing.B) {
	api := testAPIs(b)["bsu"]
	for name, alike := range map[string]bool{"alike": true, "different": false} {
		text := tenMebibytes(b, api, alike)
		document := decode(b, text)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := json.Marshal(check(api, document, 2023, ControlStrict)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(list(api.Felter.Oppgave, document))), "oppgaver")
		})
	}
}

// BenchmarkHoldings goes through ten thousand deliveries of BSU's example, and through one of 10
// MiB.
func BenchmarkHoldings(b *testing.B) {
	api := testAPIs(b)["bsu"]
	known := &catalog.Catalog{APIs: []*catalog.API{api}}
	db := temporary(b)
	many, large := newTestSession(db), newTestSession(db)
	text := example(b, api)
	document := decode(b, text)
	err := db.Session(many.session).Update(many.now, func(tx *store.Tx) error {
		for range 10_000 {
			r := many.request(api, "987654321", 2023)
			r.Document, r.Body = document, text
			prepared, err := (Processing{}).verdict(r)
			if err != nil {
				return err
			}
			r.Prepared = prepared
			if _, err := (Processing{}).Innsending(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	large.deliver(b, Processing{}, api, "987654321", 2023, tenMebibytes(b, api, false))
	for name, w := range map[string]*testSession{"10000": many, "10MiB": large} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list := w.holdings(b, known, HoldingsQuery{}); len(list) != 1 || list[0].Antall < 5 ||
					bytes.Equal(list[0].Oppgaver[0].Oppgave, nil) {
					b.Fatalf("%d holdings", len(list))
				}
			}
		})
	}
}

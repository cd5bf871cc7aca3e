package compare

import "testing"

func TestKindOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]kind{
		"": kindEmpty, "0199bdcb-66c0-7f50-af7c-c22f2ccd5eef": kindUUID,
		"0199BDCB-66C0-7F50-AF7C-C22F2CCD5EEF": kindUUID,
		"2026-01-15":                           kindDate, "2026-13-15": kindWord, "2026-01-15T12:00:00Z": kindTime,
		"2026-01-15T12:00:00.1234567+01:00": kindTime, "2026-01-15T12:00:00": kindLocal, "12:00:00": kindClock,
		"01J8ZK5V8QK3W2X9Y7T6R5E4D3": kindID, "a7eed6a0811145e2a782b9929315de20": kindID, "11e35ef0": kindID,
		"12b": kindWord, "beef": kindWord, "1234567": kindDigits, "987654321": kindDigits,
		"https://a.no/b": kindAddress, "urn:altinn:resource:x": kindAddress, "/leveranse/oppgave/0": kindAddress,
		"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln": kindJWT,
		"Completed": kindWord, "KLAR_FOR_INNFLYTTING": kindWord, "GLD_1022": kindWord,
		"EksternReferanse_2015_1": kindWord, "Feil i request": kindSentence,
		"contentupdatedat_2026,id_a1b2": kindWord, "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg==": kindID,
	} {
		if got := kindOf(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	t.Parallel()
	const id, other = "0199bdcb-66c0-7f50-af7c-c22f2ccd5eef", "0193b5cd-cbce-7dbd-b188-1437db673767"
	for _, test := range []struct {
		a, b string
		same bool
		ids  int
	}{
		{"urn:altinn:dialog:" + id, "urn:altinn:dialog:" + other, true, 1},
		{"https://a.no/" + id + "/" + id, "https://a.no/" + other + "/" + id, true, 2},
		{
			"00-a7eed6a0811145e2a782b9929315de20-756eb6b85afc4689-00",
			"00-11145e2a782b9929315de20a7eed6a08-b85afc4689756eb6-00", true, 2,
		},
		{"Fant " + id + ".", "Fant ikke " + id + ".", false, 1},
		{"siden 2026-01-15T12:00:00Z", "siden 2026-01-16T12:00:00.5Z", true, 0},
		{"siden 2026-01-15", "siden 2025-12-31", true, 0},
		{"updatedat_2026-01-15T12:00:00Z,id_" + id, "updatedat_2026-01-15T13:00:00Z,id_" + other, true, 1},
		{"x" + id, "x" + other, false, 0}, // a part of a word
	} {
		a, ids := skeleton(test.a)
		b, _ := skeleton(test.b)
		if (a == b) != test.same || len(ids) != test.ids {
			t.Errorf("%q and %q are %q and %q, with %v", test.a, test.b, a, b, ids)
		}
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"a***b", "axyzb", true},
		{"a***b", "ab", true},
		{"a***b", "a", false},
		{"***", "", true},
		{"***b***", "abc", true},
		{"***b***", "ac", false},
		{"a***a", "a", false},
		{"x***", "yx", false},
		{"a***b***c", "a1b2b3c", true},
	} {
		if got := fits(test.pattern, test.text); got != test.want {
			t.Errorf("%q fits %q: %t", test.text, test.pattern, got)
		}
	}
}

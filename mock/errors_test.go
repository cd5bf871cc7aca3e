package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestArgumentError: what the caller gave and cannot be is an ArgumentError; a fault inside a file,
// and a server that does not answer, are none.
func TestArgumentError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	faulty := filepath.Dir(file("apis/stray.yaml", "name: stray\n"))
	broken := filepath.Dir(file("scripts/late.yaml", "name: late\n"))
	clients, foreign := file("clients.yaml", "clients: 7\n"), file("foreign.db", "no data file of anybody\n")
	options := func(o mock.Options) error {
		s, err := mock.New(o)
		if err == nil {
			s.Close()
		}
		return err
	}
	started := func(addr string) error {
		s, err := mock.New(mock.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Start(addr)
	}
	second := func(_ any, err error) error { return err }
	load := func(kind string, to mock.Loader) error {
		return second(to.Load(t.Context(), mock.GenerateOptions{Kind: kind}))
	}
	nobody := mock.Loader{URL: "http://127.0.0.1:1"}
	known, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"auth":                 {options(mock.Options{Auth: "perhaps"}), true},
		"session ttl":          {options(mock.Options{SessionTTL: 1}), true},
		"no folder of APIs":    {options(mock.Options{APIs: mock.Dir(dir + "/nowhere")}), true},
		"a faulty API":         {options(mock.Options{APIs: mock.Dir(faulty)}), false},
		"no folder of scripts": {options(mock.Options{Scenarios: mock.Dir(dir + "/nowhere")}), true},
		"a faulty script":      {options(mock.Options{Scenarios: mock.Dir(broken)}), false},
		"no clients file":      {options(mock.Options{Clients: filepath.Join(dir, "nowhere")}), true},
		"a faulty client":      {options(mock.Options{Clients: clients}), false},
		"no place for data":    {options(mock.Options{Data: filepath.Join(dir, "no", "where.db")}), true},
		"data is a folder":     {options(mock.Options{Data: dir}), true},
		"another's data":       {options(mock.Options{Data: foreign}), false},
		"an address":           {started("nowhere"), true},
		"no address":           {started(""), true},
		"a port too high":      {started("127.0.0.1:65536"), true},
		"validate an API":      {second(known.Validate("nope", nil)), true},
		"validate no document": {second(known.Validate("kobo", nil)), true},
		"a faulty catalogue":   {second(mock.LoadCatalog(os.DirFS(faulty))), false},
		"show an API":          {second(known.API("nope", testkit.Noon)), true},
		"a token's API":        {second(known.Token(mock.TokenRequest{API: "nope", Org: "313367002"})), true},
		"a token's org":        {second(known.Token(mock.TokenRequest{API: "bsu", Org: "12"})), true},
		"a scenario":           {second(known.Scenario(nil, "nope")), true},
		"a kind":               {second(known.Generate(mock.GenerateOptions{Kind: "nope"})), true},
		"a rule":               {second(known.GenerateInvalid(mock.InvalidOptions{Kind: "bsu", Rule: "nope"})), true},
		"a folder to write to": {mock.InvalidCalls{}.WriteFolder(foreign), true},
		"what is loaded":       {load("bsu-nope", nobody), true},
		"where to":             {load("sak", mock.Loader{URL: "nowhere"}), true},
		"for whom":             {load("sak", mock.Loader{URL: nobody.URL, Municipality: "12"}), true},
		"for which system":     {load("sak", mock.Loader{URL: nobody.URL, System: "to ord"}), true},
		"how many at a time":   {load("sak", mock.Loader{URL: nobody.URL, Parallel: -1}), true},
		"nobody answers":       {load("sak", nobody), false},
	} {
		var wrong *mock.ArgumentError
		if c.err == nil || errors.As(c.err, &wrong) != c.want {
			t.Errorf("%s: %v is an ArgumentError: %t, want %t", name, c.err, !c.want, c.want)
		}
	}
}

// TestErrorMessages: errors.Is sees which of the exported errors is returned, wherever one can be,
// and its message says what is wrong.
func TestErrorMessages(t *testing.T) {
	t.Parallel()
	known, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	locked, damaged := filepath.Join(dir, "locked.db"), filepath.Join(dir, "damaged.db")
	holder, err := mock.New(mock.Options{Data: locked, Clock: testkit.ClockAt(testkit.Noon).Now})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	text, err := os.ReadFile(locked)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, text[:2*4096], 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range 9_999 { // and the default session
		s, err := holder.Session(fmt.Sprint("s", n))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Clock().Scale(2); err != nil { // so that it holds something
			t.Fatal(err)
		}
	}
	play := func(p mock.Play) error { _, err := holder.Play(p); return err }
	session := func(name string) error { _, err := holder.Session(name); return err }
	open := func(data string) error {
		s, err := mock.New(mock.Options{Data: data})
		if err == nil {
			s.Close()
		}
		return err
	}
	_, tokenErr := holder.Token(mock.TokenRequest{API: "nope", Org: "313367002"})
	_, offlineErr := known.Token(mock.TokenRequest{API: "nope", Org: "313367002"})
	_, showErr := known.API("nope", testkit.Noon)
	_, validateErr := known.Validate("nope", nil)
	all := []error{
		mock.ErrUnknownAPI, mock.ErrTooManySessions, mock.ErrNoCheckpoint,
		mock.ErrDataLocked, mock.ErrDataDamaged,
	}
	const noAPI = `there is no API "nope"; there are aandsverk, `
	for name, c := range map[string]struct {
		err, want error
		text      string
	}{
		"a token":         {tokenErr, mock.ErrUnknownAPI, noAPI},
		"a token offline": {offlineErr, mock.ErrUnknownAPI, noAPI},
		"an API":          {showErr, mock.ErrUnknownAPI, noAPI},
		"a document":      {validateErr, mock.ErrUnknownAPI, noAPI},
		"a play":          {play(mock.Play{Scenario: "slow", API: "nope"}), mock.ErrUnknownAPI, noAPI},
		"a session too many": {
			session("one-more"), mock.ErrTooManySessions,
			"there are 10000 sessions that hold something, as many as there may be",
		},
		"a checkpoint": {
			holder.Restore("nope"), mock.ErrNoCheckpoint,
			`the session default has no checkpoint "nope"`,
		},
		"a locked file":  {open(locked), mock.ErrDataLocked, "data file " + locked + " is locked: another sandkasse"},
		"a damaged file": {open(damaged), mock.ErrDataDamaged, "data file " + damaged + " is damaged"},
		"a good session": {session("s7"), nil, ""},
		"a bad name":     {session("a b"), nil, "the session"},
		"a bad play":     {play(mock.Play{Scenario: "nope"}), nil, "There is no scenario"},
	} {
		for _, one := range all {
			if errors.Is(c.err, one) != errors.Is(c.want, one) {
				t.Errorf("%s: %v is %q: %t", name, c.err, one, !errors.Is(c.want, one))
			}
		}
		if got := fmt.Sprint(c.err); c.err != nil && !strings.HasPrefix(got, c.text) {
			t.Errorf("%s: %q; it must begin with %q", name, got, c.text)
		}
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(locked); err != nil {
		t.Errorf("a file that is free again: %v", err)
	}
}

// TestFaultsError: faults in files come with file and line, from a folder on disk and from any
// other file system.
func TestFaultsError(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"late.yaml": {Data: []byte("name: late\nstep: []\n")}}
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	for prefix, options := range map[string]mock.Options{
		"":                          {Scenarios: files},
		filepath.ToSlash(dir) + "/": {Scenarios: mock.Dir(dir)},
	} {
		_, err := mock.New(options)
		var faults *mock.FaultsError
		if !errors.As(err, &faults) || len(faults.Faults) == 0 {
			t.Fatalf("%v is no FaultsError", err)
		}
		fault := faults.Faults[len(faults.Faults)-1]
		if fault.File != prefix+"late.yaml" || fault.Line != 2 || fault.Text == "" {
			t.Errorf("a fault is %+v", fault)
		}
		if want := fmt.Sprintf("%slate.yaml:2: ", prefix); !strings.Contains(faults.Error(), want) {
			t.Errorf("%q is not in %q", want, faults)
		}
	}
}

// TestAllOptionFaults: everything that is wrong with the options comes at once, values and files.
func TestAllOptionFaults(t *testing.T) {
	t.Parallel()
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(clients, []byte("clients: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	_, err := mock.New(mock.Options{
		Data: data, Durability: "x", Auth: "x", Maskinporten: "x", Feedback: "x", UnknownMembers: "x",
		ProcessingDelay: -1, SessionTTL: 1,
		Kobo:      mock.KoboOptions{ConflictStatus: 418, Systems: []string{"a b"}},
		Hosts:     []string{"http://x"},
		Clients:   clients,
		Scenarios: fstest.MapFS{"late.yaml": {Data: []byte("name: late\n")}},
	})
	if err == nil {
		t.Fatal("there is a server")
	}
	for _, want := range []string{
		`unknown members is "x"; it must be accept or refuse`, `durability is "x"; it must be sync or async`,
		`auth is "x"; it must be strict, lenient or off`, `maskinporten is "x"; it must be observed or strict`,
		`feedback is "x"; it must be format, modulus or strict`, "the processing delay is -1ns",
		"the time to live of a session is 1ns", "the Kobo conflict status is 418",
		`"a b" is not the id of a Kobo system`, `"http://x" is not the name of a host`,
		clients + ":1: ", "late.yaml:1: ",
	} {
		if !strings.Contains("\n"+err.Error(), "\n"+want) {
			t.Errorf("%s is missing in\n%v", want, err)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("the data file was made")
	}
	stray := fstest.MapFS{"stray.yaml": {Data: []byte("name: stray\n")}}
	if _, err := mock.New(mock.Options{APIs: stray, Auth: "x"}); err == nil ||
		!strings.Contains(err.Error(), "stray.yaml: ") || !strings.Contains(err.Error(), "auth is") {
		t.Errorf("a faulty API beside a faulty value: %v", err)
	}
}

// TestServe answers until its context is done, and closes the server.
func TestServe(t *testing.T) {
	t.Parallel()
	listening := make(chan string, 1)
	server, err := mock.New(mock.Options{OnListen: func(url string) { listening <- url }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, "127.0.0.1:0") }()
	url := <-listening
	response, err := http.Get(url + "/_sandkasse/ready")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if url != server.URL("") || response.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", url, response.Status)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := server.Serve(t.Context(), "127.0.0.1:0"); err == nil {
		t.Error("a server that is closed serves")
	}
}

// TestCallJSON: a call in Go has the JSON of the control API.
func TestCallJSON(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	w.Delivered(1)
	var shown struct{ Calls []json.RawMessage }
	w.Control(http.MethodGet, "calls", "", &shown)
	for i, call := range w.Calls(mock.CallQuery{}) {
		text, err := json.MarshalIndent(call, "", "  ")
		var one, other bytes.Buffer
		json.Compact(&one, text)
		json.Compact(&other, shown.Calls[i])
		if err != nil || one.String() != other.String() {
			t.Errorf("%v: %s\nand not %s", err, one.String(), other.String())
		}
	}
	if len(shown.Calls) != 1 {
		t.Errorf("there are %d calls", len(shown.Calls))
	}
}

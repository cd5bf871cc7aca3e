package mock

import (
	"cmp"
	"strconv"
	"strings"

	"sandkasse/mock/internal/control"
)

// settings returns the options in force as the flags of the program name them, without what is secret or of the
// embedder alone.
func (o Options) settings() []control.Setting {
	on := func(set bool) string { return map[bool]string{true: "on", false: "off"}[set] }
	list := func(values []string, none string) string { return cmp.Or(strings.Join(values, ", "), none) }
	given := func(set bool) string { return map[bool]string{true: "given", false: "none"}[set] }
	return []control.Setting{
		{Name: "apis", Value: given(o.APIs != nil)},
		{Name: "auth", Value: string(o.Auth)},
		{Name: "base-url", Value: cmp.Or(o.BaseURL, "the address of each call")},
		{Name: "behind-proxy", Value: list(o.BehindProxy, "off")},
		{Name: "clients", Value: cmp.Or(o.Clients, "everyone")},
		{Name: "control", Value: string(o.Feedback)},
		{Name: "data", Value: cmp.Or(o.Data, "a temporary file")},
		{Name: "durability", Value: string(o.Durability)},
		{Name: "hosts", Value: list(o.Hosts, "none")},
		{Name: "journal-raw", Value: on(o.JournalRaw)},
		{Name: "kobo-conflict-status", Value: strconv.Itoa(cmp.Or(o.Kobo.ConflictStatus, 400))},
		{Name: "kobo-echo", Value: on(o.Kobo.Echo)},
		{Name: "kobo-systems", Value: list(o.Kobo.Systems, "any")},
		{Name: "maskinporten", Value: string(o.Maskinporten)},
		{Name: "processing-delay", Value: o.ProcessingDelay.String()},
		{Name: "proxy-auth", Value: on(o.ProxyAuth)},
		{Name: "scenarios", Value: given(o.Scenarios != nil)},
		{Name: "seed", Value: strconv.FormatUint(o.Seed, 10)},
		{Name: "session-ttl", Value: o.SessionTTL.String()},
		{Name: "tls", Value: on(!o.TLS.Off)},
		{Name: "unknown-members", Value: string(o.UnknownMembers)},
	}
}

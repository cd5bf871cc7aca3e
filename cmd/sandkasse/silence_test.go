package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestUnknownVariables: every variable that no command knows is reported once, with the nearest
// one.
func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	root := program{}.command()
	for name, nearest := range map[string]string{
		"SANDKASSE_CONTRL": "SANDKASSE_CONTROL", "SANDKASSE_SESION_TTL": "SANDKASSE_SESSION_TTL",
		"SANDKASSE_LOGLEVEL":    "SANDKASSE_LOG_LEVEL",
		"SANDKASSE_KOBO_SYSTEM": "SANDKASSE_KOBO_SYSTEMS", "SANDKASSE_scenarios": "SANDKASSE_SCENARIOS",
		"SANDKASSE_PORTS": "SANDKASSE_",
		"SANDKASSE_":      "SANDKASSE_", "SANDKASSE_SERVICES": "SANDKASSE_", "SANDKASSE_EXPORT": "SANDKASSE_",
		"SANDKASSE_SUPPORT_": "SANDKASSE_",
	} {
		var out bytes.Buffer
		warnOfVariables(slog.New(slog.NewTextHandler(&out, nil)),
			[]string{"PATH=/bin", name + "=x", "SANDKASSE_ADDR=y"}, root)
		if text := out.String(); strings.Count(text, "\n") != 1 ||
			!strings.Contains(text, "variable="+name+" nearest="+nearest) {
			t.Errorf("%s: %q", name, text)
		}
	}
	var out bytes.Buffer
	silent := []string{
		"SANDKASSE_SERVICE_HOST=1", "SANDKASSE_SERVICE_PORT=1", "SANDKASSE_PORT=1",
		"SANDKASSE_PORT_80_TCP=1",
		"SANDKASSE_X_SERVICE_HOST=1", "SANDKASSE_X_PORT=1", "SANDKASSE_X_PORT_80_TCP_PROTO=1", "SANDKASSEX=1",
		"sandkasse_contrl=1", "OTHER=1",
	}
	for _, known := range variables(root) {
		silent = append(silent, known+"=1")
	}
	if len(silent) < 25 {
		t.Errorf("only %d variables are known", len(silent))
	}
	warnOfVariables(slog.New(slog.NewTextHandler(&out, nil)), silent, root)
	if out.Len() > 0 {
		t.Errorf("told: %s", out.String())
	}
}

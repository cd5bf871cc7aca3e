//go:build clients

package transport

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// The tests of this file are built with the tag clients. .ci/run installs what they need.

// TestJava: HttpClient and HttpsURLConnection reach the server with production addresses, through the
// proxy and by a file of hosts, and trust the CA by a store that keytool made. With a user of the
// proxy, the calls are in its session.
func TestJava(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"java", "keytool"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("install a JDK, 17 or newer: %v", err)
		}
	}
	s := mocktest.StartWith(t, mock.Options{ProxyAuth: true})
	open := mocktest.Start(t)
	store := filepath.Join(t.TempDir(), "sandkasse.jks")
	for i, server := range []*mocktest.Session{s, open} {
		output, err := exec.CommandContext(t.Context(), "keytool", "-importcert", "-noprompt", "-alias",
			fmt.Sprint("sandkasse", i), "-file", caFile(t, server), "-keystore", store, "-storepass", "changeit",
		).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
	hosts := filepath.Join(t.TempDir(), "hosts")
	names := "127.0.0.1 test.maskinporten.no\n127.0.0.1 innrapporteringbsu.api.skatteetaten-test.no\n"
	if err := os.WriteFile(hosts, []byte(names), 0o600); err != nil {
		t.Fatal(err)
	}
	trust := "-Djavax.net.ssl.trustStore=" + store + " -Djavax.net.ssl.trustStorePassword=changeit "
	for name, c := range map[string]struct {
		options, session string
		server           *mocktest.Session
		args             []string
	}{
		"proxy": {proxyProperties(open), "default", open, []string{""}},
		"proxy with a user": {
			proxyProperties(s) + " -Djdk.http.auth.tunneling.disabledSchemes=", "suite-1", s, []string{"", "suite-1"},
		},
		"hosts": {"-Djdk.net.hosts.file=" + hosts, "default", s, []string{port(s)[strings.Index(port(s), ":"):]}},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "java", append([]string{"testdata/Client.java", example(t)},
				c.args...)...)
			command.Env = append(withoutProxy(), "JAVA_TOOL_OPTIONS="+trust+c.options)
			wantOutput(t, command, "metadata HTTP_2 https://test.maskinporten.no"+c.args[0]+"/", "token 200 Bearer",
				"delivery 200", `"forsendelseId"`)
			wantCalls(t, c.server, c.session, 3)
		})
	}
}

// proxyProperties returns the system properties by which Java uses a server as a proxy for https.
func proxyProperties(s *mocktest.Session) string {
	host, number, _ := strings.Cut(port(s), ":")
	return "-Dhttps.proxyHost=" + host + " -Dhttps.proxyPort=" + number
}

// TestPython: urllib and requests reach the server with production addresses and nothing but variables
// of the environment.
func TestPython(t *testing.T) {
	t.Parallel()
	python := ""
	for _, program := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), program, "-c", "import requests").Run() == nil {
			python = program
			break
		}
	}
	if python == "" {
		t.Fatal("install python3 and its package requests")
	}
	s := mocktest.Start(t)
	ca := caFile(t, s)
	command := exec.CommandContext(t.Context(), python, "testdata/client.py", example(t))
	command.Env = append(withoutProxy(), "HTTPS_PROXY=http://suite-1:x@"+port(s), "SSL_CERT_FILE="+ca,
		"REQUESTS_CA_BUNDLE="+ca)
	wantOutput(t, command, "urllib https://test.maskinporten.no/", "requests 200 Bearer", "delivery 200",
		`"forsendelseId"`)
	wantCalls(t, s, "suite-1", 3)
}

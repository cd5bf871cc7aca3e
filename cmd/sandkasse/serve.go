package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:   "serve",
		Usage:  "start the server (also without a command)",
		Flags:  p.serveFlags(),
		Action: p.serve,
	}
}

func (p program) serveFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "config", Sources: cli.NewValueSourceChain(environment(variable("config"))),
			Usage: "read settings from `FILE` (YAML), which flags and environment variables go before; without it, " +
				"from sandkasse.yaml in the folder, if there is one",
		},
		&cli.StringFlag{Name: "addr", Value: defaultAddr, Sources: p.env("addr"), Usage: "listen on `HOST:PORT`; " +
			"port 0 takes a free one"},
		&cli.StringFlag{Name: "data", Sources: p.env("data"), Usage: "keep the state in `FILE`; without it, in a " +
			"temporary file removed at exit"},
		&cli.StringFlag{Name: "restore", Sources: p.env("restore"), Usage: "restore the default session from the " +
			"checkpoint in `FILE` at the start"},
		&cli.StringSliceFlag{
			Name: "hosts", Sources: p.env("hosts"),
			Usage: "answer /_sandkasse/ under these `NAMES` too, separated by commas, beside localhost, IP " +
				"addresses and " +
				"names of local domains; NAME=API is the host of that API instead, such as kobo.example.no=kobo",
		},
		&cli.StringFlag{
			Name: "base-url", Sources: p.env("base-url"),
			Usage: "write `URL` in all addresses of answers, such as https://sandkasse.corp.no/test; without it, the " +
				"address that the caller used",
		},
		&cli.GenericFlag{
			Name: "behind-proxy", Sources: p.env("behind-proxy"), Value: new(proxyNetworks),
			Usage: "believe Forwarded and X-Forwarded-* of a reverse proxy on this machine, or also on `NETWORKS` " +
				"such as --behind-proxy=172.16.0.0/12, separated by commas",
		},
		&cli.StringFlag{
			Name: "tls", Value: "on", Sources: p.env("tls"), Usage: "on: speak TLS on the same port; off: refuse it",
			Validator: among("on", "off"),
		},
		&cli.StringFlag{Name: "ca-cert", Sources: p.env("ca-cert"), Usage: "sign certificates with the CA in `FILE` " +
			"(PEM), and not with an own one"},
		&cli.StringFlag{Name: "ca-key", Sources: p.env("ca-key"), Usage: "the private key of --ca-cert is in `FILE`"},
		&cli.StringFlag{Name: "tls-cert", Sources: p.env("tls-cert"), Usage: "use the certificate in `FILE` (PEM) " +
			"under all names, without a CA"},
		&cli.StringFlag{Name: "tls-key", Sources: p.env("tls-key"), Usage: "the private key of --tls-cert is in " +
			"`FILE`"},
		&cli.BoolFlag{
			Name: "proxy-auth", Sources: p.env("proxy-auth"),
			Usage: "as a proxy, answer 407 to clients that name no user, such as Java and .NET; the user is the " +
				"session",
		},
		p.apisFlag(),
		&cli.StringFlag{Name: "clients", Sources: p.env("clients"), Usage: "give Maskinporten tokens only to the " +
			"clients named in `FILE` (YAML)"},
		&cli.StringFlag{
			Name: "durability", Value: "sync", Sources: p.env("durability"),
			Usage: "sync: acknowledged means on disk; async: survives a kill of the " +
				"process", Validator: among("sync", "async"),
		},
		&cli.StringFlag{
			Name: "auth", Value: "strict", Sources: p.env("auth"),
			Usage: "how closely tokens are looked at: strict, lenient or " +
				"off", Validator: among("strict", "lenient", "off"),
		},
		&cli.StringFlag{
			Name: "maskinporten", Value: "observed", Sources: p.env("maskinporten"),
			Usage: "what a grant has to be: observed: what Maskinporten itself takes; strict: what Digdir's " +
				"page about it promises",
			Validator: among("observed", "strict"),
		},
		&cli.StringFlag{
			Name: "control", Value: "format", Sources: p.env("control"),
			Usage: "what the feedback refuses: format: nothing, it only warns; modulus: wrong control digits; " +
				"strict: whatever it finds",
			Validator: among("format", "modulus", "strict"),
		},
		&cli.StringFlag{
			Name: "altinn-approve", Value: "manual", Sources: p.env("altinn-approve"),
			Usage: "who answers requests for system users: manual: the approval page and the control API; auto: each " +
				"is " +
				"approved at once",
			Validator: among("manual", "auto"),
		},
		&cli.StringFlag{
			Name: "altinn-problem-details", Value: "5", Sources: p.env("altinn-problem-details"),
			Usage:     "the form of Altinn's errors: 5: of today, with title; 4: of before July 2026, with detail",
			Validator: among("4", "5"),
		},
		&cli.StringFlag{
			Name: "systembruker", Value: "registered", Sources: p.env("systembruker"),
			Usage: "which system users must be approved: registered: those of clients that are on a system in " +
				"Altinn's " +
				"register; strict: all",
			Validator: among("registered", "strict"),
		},
		p.unknownMembersFlag(),
		&cli.DurationFlag{
			Name: "processing-delay", Sources: p.env("processing-delay"),
			Usage: "how long after a delivery its feedback shows, such as 5s; 0 is at once",
		},
		&cli.StringSliceFlag{
			Name: "kobo-systems", Sources: p.env("kobo-systems"),
			Usage: "the `IDS` of the FDVU systems set up in Kobo, separated by commas; without it, every id is one " +
				"from its first use on",
		},
		&cli.StringFlag{
			Name: "kobo-conflict-status", Value: "400", Sources: p.env("kobo-conflict-status"),
			Usage: "how Kobo tells a conflict, for which no status is documented: 400, 404, 409 or " +
				"502", Validator: among("400", "404", "409", "502"),
		},
		&cli.BoolFlag{Name: "kobo-echo", Sources: p.env("kobo-echo"), Usage: "have Kobo send messages also on what a " +
			"system did itself"},
		p.scenariosFlag(),
		&cli.DurationFlag{
			Name: "session-ttl", Value: 24 * time.Hour, Sources: p.env("session-ttl"),
			Usage: "end a session that has not been used for so long; 0 is never",
		},
		&cli.BoolFlag{Name: "journal-raw", Sources: p.env("journal-raw"), Usage: "show secrets and identity numbers " +
			"in the journal, which masks them otherwise"},
		&cli.Uint64Flag{Name: "seed", Sources: p.env("seed"), Usage: "decides, with clock and calls, the identifiers " +
			"in answers"},
		&cli.StringFlag{
			Name: "log-level", Value: "info", Sources: p.env("log-level"),
			Usage: "debug, info, warn or error", Validator: among("debug", "info", "warn", "error"),
		},
		&cli.StringFlag{
			Name: "log-format", Value: "text", Sources: p.env("log-format"),
			Usage: "text or json", Validator: among("text", "json"),
		},
	}
}

// proxyNetworks is the value of a flag that may have a list of networks: without one, it is loopback.
type proxyNetworks []string

// Set sets the networks. The texts that a flag without a value, and an environment variable, have for yes and no are
// loopback and none.
func (n *proxyNetworks) Set(given string) error {
	switch strings.ToLower(strings.TrimSpace(given)) {
	case "", "false", "0":
		*n = nil
	case "true", "1":
		*n = proxyNetworks{"loopback"}
	default:
		*n = strings.Split(given, ",")
	}
	return nil
}

func (n *proxyNetworks) String() string { return strings.Join(*n, ",") }

// IsBoolFlag says that the flag can stand without a value.
func (n *proxyNetworks) IsBoolFlag() bool { return true }

// Get returns the networks.
func (n *proxyNetworks) Get() any { return n }

// among returns a validator for values that are listed, or empty. Its error says what the value must be.
func among(values ...string) func(string) error {
	return func(given string) error {
		if given == "" || slices.Contains(values, given) { // an empty environment variable is the default
			return nil
		}
		return errors.New(strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1])
	}
}

// serve runs the server until SIGINT or SIGTERM.
func (p program) serve(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		if _, noNetwork := netip.ParsePrefix(c.Args().First()); noNetwork == nil && c.IsSet("behind-proxy") {
			return usage("networks follow --behind-proxy after an equals sign, as in --behind-proxy=%s",
				c.Args().First())
		}
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := p.log(c.String("log-level"), c.String("log-format"))
	warnOfVariables(log, p.environ, c.Root())
	if config, _ := p.config.read(); config != nil {
		log.Info("settings are read from a config file", "file", p.config.path)
	}
	// the flags let only numbers through
	problemDetails, _ := strconv.Atoi(cmp.Or(c.String("altinn-problem-details"), "0"))
	conflict, _ := strconv.Atoi(cmp.Or(c.String("kobo-conflict-status"), "0"))
	// a second signal ends the program at once
	context.AfterFunc(ctx, stop)
	server, err := mock.New(mock.Options{
		Data: c.String("data"), Durability: mock.Durability(c.String("durability")),
		APIs: mock.Dir(c.String("apis")), Scenarios: mock.Dir(c.String("scenarios")), Clients: c.String("clients"),
		Auth: mock.Auth(c.String("auth")), Maskinporten: mock.Maskinporten(c.String("maskinporten")),
		Feedback: mock.FeedbackLevel(c.String("control")), ProcessingDelay: c.Duration("processing-delay"),
		UnknownMembers: unknownMembers(c),
		Kobo: mock.KoboOptions{
			Systems: c.StringSlice("kobo-systems"), ConflictStatus: conflict, Echo: c.Bool("kobo-echo"),
		},
		Altinn: mock.AltinnOptions{
			Approve: mock.Approval(c.String("altinn-approve")), ProblemDetails: problemDetails,
			Strict: c.String("systembruker") == "strict",
		},
		SessionTTL: c.Duration("session-ttl"), JournalRaw: c.Bool("journal-raw"),
		Hosts:   append(c.StringSlice("hosts"), addrHost(c.String("addr"), c.StringSlice("hosts"))...),
		BaseURL: c.String("base-url"), BehindProxy: *c.Generic("behind-proxy").(*proxyNetworks),
		TLS: mock.TLSOptions{
			Off: c.String("tls") == "off", CACert: c.String("ca-cert"), CAKey: c.String("ca-key"),
			Cert: c.String("tls-cert"), Key: c.String("tls-key"),
		},
		ProxyAuth: c.Bool("proxy-auth"),
		Seed:      c.Uint64("seed"), Clock: p.clock, Log: log, Version: version(),
		OnListen: func(url string) {
			fmt.Fprintf(p.stdout, "sandkasse ready on %s\n", url)
			debug.FreeOSMemory() // what it took to read the catalogue; calls are answered meanwhile
		},
		OnLarge: tuneMemory(),
	})
	if err != nil {
		return err
	}
	if err := restore(server, c.String("restore")); err != nil {
		return errors.Join(err, server.Close())
	}
	err = server.Serve(ctx, cmp.Or(c.String("addr"), defaultAddr))
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w; --addr 127.0.0.1:0 takes a free port", err)
	}
	return err
}

// restored is the name of the checkpoint that --restore makes.
const restored = "restored"

// restore restores the default session from a checkpoint file, unless its path is empty.
func restore(server *mock.Server, path string) error {
	if path == "" {
		return nil
	}
	file, err := openPlain(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer file.Close()
	if err := server.ReadCheckpoint(restored, file); err != nil {
		if errors.Is(err, mock.ErrCheckpointFile) {
			return fmt.Errorf("%s: %w", path, err)
		}
		return unreadable(path, err)
	}
	return server.Restore(restored)
}

const defaultAddr = "127.0.0.1:8080"

// addrHost returns the host of --addr where --hosts must have it too, so that the CA is for it: a name or a public IP
// address (K647); nil where it is among the hosts already. What cannot be listened on is left to Serve, which says so.
func addrHost(addr string, hosts []string) []string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip = ip.Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() {
			return nil
		}
		return []string{host}
	}
	name := hostName(host)
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return nil
		}
	}
	isGiven := slices.ContainsFunc(hosts, func(given string) bool {
		given, _, _ = strings.Cut(given, "=")
		return hostName(given) == name
	})
	if isGiven || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return nil
	}
	return []string{name}
}

// hostName returns the name of a host as it is compared.
func hostName(given string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(given)), ".")
}

func (p program) log(level, format string) *slog.Logger {
	var minLevel slog.Level
	minLevel.UnmarshalText([]byte(level)) // the flag let only levels through
	options := &slog.HandlerOptions{Level: minLevel}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// tuneMemory lets the heap grow further between two collections than Go does by default, up to memoryLimit, or 70 % of
// the limit of a container: calls make much garbage over a small live heap. It returns a function that raises the limit
// while large calls are under way, which would else be slowed by collections that find nothing, and gives the memory
// back afterwards. Limits are left alone where GOGC or GOMEMLIMIT is set.
func tuneMemory() (onLarge func(underWay bool)) {
	ceiling := int64(math.MaxInt64)
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if maxMemory, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			ceiling = maxMemory / 10 * 7
		}
	}
	setLimit := func(limit int64) {}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
		setLimit = func(limit int64) { debug.SetMemoryLimit(min(limit, ceiling)) }
	}
	setLimit(memoryLimit)
	return func(underWay bool) {
		if underWay {
			setLimit(largeMemoryLimit)
			return
		}
		setLimit(memoryLimit)
		go debug.FreeOSMemory()
	}
}

const (
	gcPercent        = 300
	memoryLimit      = 88 << 20  // bytes
	largeMemoryLimit = 192 << 20 // bytes
)

package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"
)

// Names of the files that ca --new makes.
const (
	newCACert = "ca.pem"
	newCAKey  = "ca-key.pem"
)

func (p program) caCommand() *cli.Command {
	return &cli.Command{
		Name:  "ca",
		Usage: "print the CA that clients of TLS must trust",
		Flags: []cli.Flag{
			p.urlFlag("the server whose CA it is"),
			&cli.StringFlag{Name: "new", Usage: "make a CA in `DIR` instead, for --ca-cert and --ca-key of serve"},
			&cli.StringSliceFlag{
				Name: "hosts", Sources: p.env("hosts"),
				Usage: "with --new: the CA is for these `NAMES` too, separated by commas",
			},
			p.apisFlag(),
			&cli.BoolFlag{
				Name: "install-help", Usage: "print instead how clients are made to trust the CA; nothing is installed",
			},
		},
		Action: p.ca,
	}
}

func (p program) ca(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	if c.Bool("install-help") {
		_, err := io.WriteString(p.stdout, caHelp)
		return err
	}
	url, err := serverURL(c)
	if err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	cert, key, err := catalog.NewCA(c.StringSlice("hosts")...)
	if err != nil {
		return err
	}
	if dir := c.String("new"); dir != "" {
		return p.storeCA(dir, cert, key)
	}
	text, err := askCA(ctx, url)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(text)
	return err
}

// storeCA stores a CA and its key in a folder, which it creates where it is missing. It overwrites nothing.
func (p program) storeCA(dir string, cert, key []byte) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return usage("the folder %s cannot be made: %v", dir, errors.Unwrap(err))
	}
	for _, file := range []struct {
		name string
		text []byte
		mode os.FileMode
	}{{newCAKey, key, 0o600}, {newCACert, cert, 0o666}} {
		path := filepath.Join(dir, file.name)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, file.mode)
		if err != nil {
			return usage("%s cannot be made: %v", path, errors.Unwrap(err))
		}
		_, err = f.Write(file.text)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	_, err := fmt.Fprintf(p.stdout, "Made %[1]s and its key %[2]s, which must stay secret. Start the server with\n"+
		"sandkasse serve --ca-cert %[1]s --ca-key %[2]s\n", filepath.Join(dir, newCACert), filepath.Join(dir, newCAKey))
	return err
}

// maxCA is the greatest length of a CA in PEM, in bytes.
const maxCA = 1 << 20

// askCA returns the CA of a server, in PEM. The error is one sentence.
func askCA(ctx context.Context, base string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_sandkasse/ca.pem", nil)
	if err != nil {
		return nil, usage("--url %q is no address; it must be like http://127.0.0.1:8080", base)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy either
	response, err := client.Do(request)
	if err != nil {
		return nil, unanswered(base, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxCA))
	if fault := response.Header.Get("Sandkasse-Feil"); fault != "" {
		return nil, fmt.Errorf("sandkasse at %s says: %s", base, inOneLine(fault))
	}
	block, _ := pem.Decode(text)
	if err != nil || response.StatusCode != http.StatusOK || block == nil {
		return nil, fmt.Errorf("another program answers at %s, with status %d", base, response.StatusCode)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fmt.Errorf("the CA of %s cannot be read: %w", base, err)
	}
	return text, nil
}

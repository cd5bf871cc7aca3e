package gateway

import (
	"context"
	"maps"
	"net"
	"net/http"
	"time"

	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/scenario"
)

// sendPlan says how an answer goes out. The zero sendPlan sends all of it at once.
type sendPlan struct {
	nothing bool           // send nothing: the caller is gone
	tear    scenario.Tear  // the connection, instead of sending anything
	cut     *int           // send only so many bytes of the body; nil for all
	drip    *scenario.Drip // send the body so; nil for at once
}

// statusCallerGone stands in the journal for a call whose caller went away (K580).
const statusCallerGone = 499

// write sends a complete answer. Nothing else in the gateway writes to the network.
func (g *Gateway) write(w http.ResponseWriter, c *call, a response) {
	if a.plan.nothing {
		panic(http.ErrAbortHandler)
	}
	if a.plan.tear != "" {
		tear(w, a.plan.tear)
		return
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	body := a.body
	if a.plan.cut != nil {
		body = body[:min(len(body), *a.plan.cut)]
	}
	switch {
	case a.plan.drip != nil:
		drip(c.http.Context(), w, body, *a.plan.drip)
	case len(body) > bounds.Small:
		_ = g.Memory.WriteLarge(w, body, &c.answer) // as below
	default:
		w.Write(body) // a client that has gone away is no failure of ours
	}
	if len(body) < len(a.body) {
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the header promised more
	}
}

// tear ends the connection without an answer.
func tear(w http.ResponseWriter, how scenario.Tear) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or a recorder: the server tears what it can
		panic(http.ErrAbortHandler)
	}
	raw := conn
	for {
		outer, ok := raw.(interface{ NetConn() net.Conn }) // TLS, or a connection that changes what is written
		if !ok {
			break
		}
		raw = outer.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok && how == scenario.TearReset {
		tcp.SetLinger(0) // so that Close resets
	}
	raw.Close()
}

// drip sends a body slowly, until all of it is out, the caller has gone, or scenario.MaxDelay is
// over.
func drip(ctx context.Context, w http.ResponseWriter, body []byte, how scenario.Drip) {
	ctx, cancel := context.WithTimeout(ctx, scenario.MaxDelay)
	defer cancel()
	out := http.NewResponseController(w)
	ticker := time.NewTicker(max(how.Every, time.Millisecond))
	defer ticker.Stop()
	for len(body) > 0 {
		n := min(max(how.Bytes, 1), len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		out.Flush()
		if body = body[n:]; len(body) == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			panic(http.ErrAbortHandler) // the header promised more
		}
	}
}

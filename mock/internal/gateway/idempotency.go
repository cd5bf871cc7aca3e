package gateway

import (
	"crypto/sha256"
	"encoding/hex"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
)

// kept is an answer as it is remembered under an idempotencyKey. Only successes are: a refused call leaves its key free (design, settled
// points). They are kept as long as the data (K037).
type kept struct {
	SHA256 string `json:"sha256"` // of the request's body
	Status int    `json:"status"`
	Type   string `json:"type"`
	Body   string `json:"body"`
}

var keptAnswers = store.NewCollection[kept]("idempotencyKey") // by API, organisation and key

func (c *call) keptUnder() string { return c.API.Name + "/" + c.Principal.Org + "/" + c.key }

// known is the answer given before under the call's key, or nil. The same key with another body is GLD_019 (reference skatteetaten 6).
func (g *Gateway) known(tx *store.Tx, c *call) (*response, error) {
	before, found, err := keptAnswers.Get(tx, c.keptUnder())
	if err != nil || !found {
		return nil, err
	}
	if before.SHA256 != c.fingerprint {
		return nil, feil.New(feil.KeyReused, "this idempotencyKey was answered before, for another body; a new call needs a new key",
			feil.KeyReusedDetalj(c.sentKey()))
	}
	return &response{
		status: before.Status, contentType: before.Type, body: []byte(before.Body),
		stoppedBy: catalog.IdempotencyKeyStep, why: "this key and body were answered before: the first answer again", replayed: true,
	}, nil
}

// remember keeps an answer under the call's key, in the transaction that did the work.
func (g *Gateway) remember(tx *store.Tx, c *call, a response) error {
	return keptAnswers.Put(tx, c.keptUnder(), kept{
		SHA256: c.fingerprint, Status: a.status, Type: a.contentType, Body: string(a.body),
	})
}

// findReplay looks for the key among the answers given, by a read. A call in flight with the same key is not seen here; the transaction
// settles that one. The path is not compared: "samme request-body og samme idempotencyKey vil gi den samme responsen" (bsu seed, K025).
func (g *Gateway) findReplay(c *call) error {
	return c.Read(func(tx *store.Tx) (err error) {
		c.replay, err = g.known(tx, c)
		return err
	})
}

func fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

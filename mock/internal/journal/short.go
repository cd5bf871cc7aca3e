package journal

import "sandkasse/mock/internal/plainjson"

// Short is a call without headers and bodies, for lists. Its JSON has the other members of an
// Entry.
type Short Entry

// MarshalJSON writes the call as Entry.MarshalJSON does, without request and answer.
func (s Short) MarshalJSON() ([]byte, error) {
	type fields Short // the same without this method
	return plainjson.Marshal(struct {
		Number int64  `json:"number"`
		Time   string `json:"time"`
		fields
		Request *Message `json:"request,omitempty"` // nil: stands in for the field of the same name, as does:
		Answer  *Message `json:"answer,omitempty"`
	}{Number: s.Number, Time: s.Time.UTC().Format(milliseconds), fields: fields(s)})
}

// shownShort has the texts of a Short that may be masked.
type shownShort struct{ host, path, why, key string }

// short returns a call as a list shows it. To mask it takes a look at the bodies, since Why may
// repeat a secret of them, so it is done once and kept. It needs no lock.
func (j *Journal) short(k *record) Short {
	e := k.entry
	e.Request, e.Answer = Message{}, Message{}
	if j.options.Raw {
		return Short(e)
	}
	texts := k.shown.Load()
	if texts == nil {
		full := k.whole().masked(k.secret)
		// a text in which nothing is masked takes no memory of its own
		same := func(shown, kept string) string {
			if shown == kept {
				return kept
			}
			return shown
		}
		texts = &shownShort{
			same(full.Host, e.Host), same(full.Path, e.Path), same(full.Why, e.Why),
			same(full.IdempotencyKey, e.IdempotencyKey),
		}
		k.shown.Store(texts)
	}
	e.Host, e.Path, e.Why, e.IdempotencyKey = texts.host, texts.path, texts.why, texts.key
	return Short(e)
}

package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// IDs makes the identifiers of one call from the server's seed, the store's generation, the session
// and the call's number. The same calls on a fresh store get the same identifiers, and a store that
// is opened again never repeats one. It is not safe for concurrent use.
type IDs struct {
	origin [sha256.Size]byte
	given  uint64
}

// NewIDs returns the source of identifiers of one call.
func NewIDs(seed, generation uint64, session string, call int64) *IDs {
	var numbers [24]byte
	binary.BigEndian.PutUint64(numbers[0:], seed)
	binary.BigEndian.PutUint64(numbers[8:], generation)
	binary.BigEndian.PutUint64(numbers[16:], uint64(call))
	return &IDs{origin: sha256.Sum256(append(numbers[:], session...))}
}

// DerivedIDs returns a source of identifiers for what is shown and not stored: the same name always
// gives the same identifiers.
func DerivedIDs(name string) *IDs { return &IDs{origin: sha256.Sum256([]byte(name))} }

func (s *IDs) next() [sha256.Size]byte {
	s.given++
	return sha256.Sum256(binary.BigEndian.AppendUint64(s.origin[:], s.given))
}

// V4 returns a new UUID of version 4, as a korrelasjonsid is.
func (s *IDs) V4() uuid.UUID {
	sum := s.next()
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// V7 returns a new UUID of version 7 with the given time in milliseconds, as dialogId and
// forsendelseId are (BSU page, Eksempel på respons). uuid.NewV7 would use the machine's clock and
// repeat nothing.
func (s *IDs) V7(now time.Time) uuid.UUID {
	id := s.V4()
	ms := uint64(now.UnixMilli())
	binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(ms))
	id[6] = id[6]&0x0f | 0x70
	return id
}

// Traceparent returns a new trace in the form of the W3C's Trace Context, not recorded, as the traceId
// of Altinn's errors is.
func (s *IDs) Traceparent() string {
	trace, span := s.V4(), s.V4()
	return fmt.Sprintf("00-%x-%x-00", trace[:], span[:8])
}

// TokenID returns a new jti in the form of Maskinporten's: 43 characters of base64url
// (docs/sources/maskinporten.md).
func (s *IDs) TokenID() string {
	sum := s.next()
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

package token

import (
	"strings"
	"sync"
)

// generationSize is how many tokens one generation of the cache holds. There are
// two, so up to 1,024 tokens are remembered: about 2 MB of usual ones, and 30 MB
// if all were as long as a token may be.
const generationSize = 512

// cache remembers tokens that were proved good, and what was proved of them. A
// full young generation becomes the old one, and the old one is forgotten; a
// token that is asked for stays young. It is safe for concurrent use.
type cache struct {
	mu         sync.Mutex
	young, old map[string]verified
}

func (c *cache) get(token string) (verified, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.young[token]; ok {
		return p, true
	}
	p, ok := c.old[token]
	if ok {
		c.add(token, p)
	}
	return p, ok
}

func (c *cache) put(token string, p verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(token, p)
}

// add copies the token, which else would keep the whole request header it was
// cut from in memory.
func (c *cache) add(token string, p verified) {
	if c.young == nil || len(c.young) == generationSize {
		c.young, c.old = make(map[string]verified), c.young
	}
	c.young[strings.Clone(token)] = p
}

package token

import (
	"strings"
	"sync"
)

// generationSize is the number of tokens in one generation of a cache. There are two generations,
// so a cache holds up to 1,024 tokens: about 2 MB of usual ones, and 30 MB if all had MaxBytes.
const generationSize = 512

// cache holds what was verified of tokens, whatever the time. When the young generation is full, it
// becomes the old one and the old one is dropped; a lookup moves a token to the young one. It is
// safe for concurrent use.
type cache struct {
	mu         sync.Mutex
	young, old map[string]authenticated
}

// get returns what was verified of a token; false if the cache does not hold it.
func (c *cache) get(token string) (authenticated, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.young[token]; ok {
		return p, true
	}
	p, ok := c.old[token]
	if ok {
		c.insert(token, p)
	}
	return p, ok
}

// put stores what was verified of a token.
func (c *cache) put(token string, p authenticated) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.insert(token, p)
}

// insert does what put does, for a caller that holds the lock. It copies the token, since a
// substring would keep the whole request header in memory.
func (c *cache) insert(token string, p authenticated) {
	if c.young == nil || len(c.young) == generationSize {
		c.young, c.old = make(map[string]authenticated), c.young
	}
	c.young[strings.Clone(token)] = p
}

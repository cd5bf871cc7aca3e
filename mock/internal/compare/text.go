package compare

import (
	"slices"
	"strings"
)

// messageMembers have a sentence for people that is compared to the letter.
var messageMembers = []string{"melding", "message", "detail", "title", "error_description"}

// texts compares two texts of a member of that name.
func (c *comparer) texts(place, name, theirs, ours string) {
	if c.sameText(name, theirs, ours) {
		return
	}
	t, o := kindOf(theirs), kindOf(ours)
	isMessage := c.isError && slices.Contains(messageMembers, name)
	switch {
	case isMessage:
		c.add(Melding, place, theirs, ours)
	case c.isError && (name == "sti" || name == "path" || name == "instance"):
		c.add(Sti, place, theirs, ours)
	case isVolatile(t) && t == o && !c.isEcho(theirs, ours) && (t != kindDigits || len(theirs) >= minIDDigits):
		c.add(Identifier, place, theirs, ours)
	case c.wasSent(theirs), isMaskedIdentity(theirs):
		c.add(Value, place, theirs, ours)
	case t == kindSentence || o == kindSentence: // the words of others are not compared
		switch {
		case t == kindEmpty || o == kindEmpty:
			c.add(Type, place, string(t), string(o))
		case c.wasSent(ours):
			c.add(Value, place, theirs, ours)
		}
	case t != o:
		c.add(Type, place, string(t), string(o))
	case t == kindWord:
		c.add(Enumeration, place, theirs, ours)
	default:
		c.add(Value, place, theirs, ours)
	}
}

// isVolatile reports whether texts of a kind are others at each call.
func isVolatile(k kind) bool {
	switch k {
	case kindUUID, kindID, kindJWT, kindTime, kindLocal, kindDate, kindClock, kindDigits:
		return true
	}
	return false
}

// isTime reports whether texts of a kind are times or dates.
func isTime(k kind) bool { return k == kindTime || k == kindLocal || k == kindDate || k == kindClock }

// isEcho reports whether one of two texts of an answer is what the client sent, which no other can stand
// for.
func (c *comparer) isEcho(theirs, ours string) bool { return c.wasSent(theirs) || c.wasSent(ours) }

// sameText reports whether two texts of a member say the same, but for what is another at each call.
// It learns the identifiers in them.
func (c *comparer) sameText(name, theirs, ours string) bool {
	if _, wasSent := c.masks.numbers[theirs]; !wasSent &&
		isMaskedIdentity(theirs) { // of somebody the client did not name
		return isMaskedIdentity(ours) || len(ours) == identityLength && kindOf(ours) == kindDigits
	}
	translated := c.value(name, theirs)
	if translated == ours {
		if k := kindOf(theirs); k == kindUUID || k == kindID {
			return c.Learn(theirs, ours)
		}
		return true
	}
	if maskedWhole.MatchString(theirs) && theirs != "" {
		return true // nothing is known of it
	}
	if strings.Contains(theirs, "***") && fits(translated, ours) {
		return true
	}
	t, o := kindOf(theirs), kindOf(ours)
	if isVolatile(t) && t == o {
		switch {
		case t == kindTime || t == kindLocal || t == kindClock || t == kindJWT:
			return true
		case c.isEcho(theirs, ours):
			return false
		case t == kindDate:
			return true
		case t == kindDigits && (len(theirs) < minIDDigits || len(theirs) != len(ours)):
			return false
		}
		return c.Learn(theirs, ours)
	}
	if isTime(t) && isTime(o) {
		return false // a time with its zone is no time without one
	}
	marked, theirIDs := skeleton(theirs)
	other, ourIDs := skeleton(ours)
	if marked != other {
		otherMarked, _ := skeleton(translated)
		return len(theirIDs) == len(ourIDs) && otherMarked == other && c.learnAll(theirIDs, ourIDs)
	}
	if !c.learnAll(theirIDs, ourIDs) {
		return false
	}
	if marked != theirs && !strings.ContainsAny(theirs, " \t\r\n") {
		c.Learn(theirs, ours) // such as the token of a next page, which has times in it
	}
	return true
}

// learnAll learns identifiers in pairs, and returns whether each is what it was before.
func (c *comparer) learnAll(theirs, ours []string) bool {
	if len(theirs) != len(ours) {
		return false
	}
	for n, id := range theirs {
		if c.Text(id) == ours[n] {
			c.Learn(id, ours[n])
			continue
		}
		if c.wasSent(id) || !c.Learn(id, ours[n]) {
			return false
		}
	}
	return true
}

// fits reports whether a text is another in which *** stands for any text.
func fits(pattern, text string) bool {
	parts := strings.Split(pattern, "***")
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

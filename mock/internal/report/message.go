package report

// Message holds all that the rules see of an attempt to send a webhook message to the receiver of the
// client.
type Message struct {
	ID     string // of the message
	System string // that it is for

	Status     int  // of the answer; 0 for none
	Late       bool // there was no answer in time
	WrongKey   bool // it had a wrong API key, on purpose
	Again      bool // it was sent once more right after it was taken, on purpose
	OutOfOrder bool // it has changed places with another message about the same home, on purpose
	Last       bool // it is not tried again, though it was not taken
}

// taken reports whether the receiver took the message.
func (m Message) taken() bool { return m.Status >= 200 && m.Status <= 299 }

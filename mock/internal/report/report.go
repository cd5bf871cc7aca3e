package report

// Report tells what production would punish in the conduct of a session's client, and what the
// client has met of all that it may meet.
type Report struct {
	Findings []Finding  `json:"findings"`
	Off      []Off      `json:"off"` // rules that were switched off, without findings
	Coverage []Coverage `json:"coverage"`
	Met      int        `json:"met"` // lines of Coverage that were met
	Of       int        `json:"of"`  // lines of Coverage
}

// Finding is something that a rule has found.
type Finding struct {
	Rule       string   `json:"rule"`
	Gravity    Gravity  `json:"gravity"`
	Sure       bool     `json:"sure"`       // false where the rule may be wrong about the client
	Calls      []int64  `json:"calls"`      // numbers of the calls that show it, the first 20
	Gone       []int64  `json:"gone"`       // those of Calls that the journal has no longer
	Events     []string `json:"events"`     // ids of the webhook messages that show it, the first 20
	Times      int      `json:"times"`      // how often it happened
	What       string   `json:"what"`       // what the client did
	Production string   `json:"production"` // what production does
	Change     string   `json:"change"`     // what to change in the client
}

// Coverage is one thing that a client of an API may meet, and whether it has: a status of an
// operation, an error that the API documents for no operation by itself, or a built-in script.
type Coverage struct {
	API      string   `json:"api"`
	Route    string   `json:"route"`    // path as the API documents it; empty for none
	Method   string   `json:"method"`   // of Route; empty for none
	Status   int      `json:"status"`   // 0 for a script
	Code     string   `json:"code"`     // the one that says most; empty for a success, and for a script
	Parent   string   `json:"parent"`   // code that Code specifies; empty for none
	Script   string   `json:"script"`   // name of the script; empty for none
	Met      int      `json:"met"`      // how often
	How      []string `json:"how"`      // ByCause, OnDemand, or both; empty where it was not met
	Reaction Reaction `json:"reaction"` // what the client did then
	Next     string   `json:"next"`     // the line to paste that provokes it
}

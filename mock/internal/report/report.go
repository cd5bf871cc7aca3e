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
	Rule       string  `json:"rule"`
	Gravity    Gravity `json:"gravity"`
	Sure       bool    `json:"sure"`       // false where the rule may be wrong about the client
	Calls      []int64 `json:"calls"`      // numbers of the calls that show it, the first 20
	Gone       []int64 `json:"gone"`       // those of Calls that the journal has no longer
	Times      int     `json:"times"`      // how often it happened
	What       string  `json:"what"`       // what the client did
	Production string  `json:"production"` // what production does
	Change     string  `json:"change"`     // what to change in the client
}

// Coverage is one thing that a client of an API may meet, and whether it has.
type Coverage struct {
	API    string   `json:"api"`
	Route  string   `json:"route"`
	Status int      `json:"status"`
	Code   string   `json:"code"`
	Met    int      `json:"met"`  // how often
	How    []string `json:"how"`  // cause, demand
	Next   string   `json:"next"` // the line to paste that provokes it
}

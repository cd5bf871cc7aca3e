package dialogporten

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/strictjson"
	"sandkasse/mock/internal/wire"
)

// Limits of a search (docs/sources/dialogporten.md, Search).
const (
	maxParties          = 100
	maxResources        = 20
	maxOrgs             = 20
	maxExtendedStatuses = 20
	defaultLimit        = 100
	maxLimit            = 1000
	minSearch           = 3 // characters
	maxURI              = 1023
)

var (
	partyOfOrganisation = regexp.MustCompile(`^` + partyPrefix + `([0-9]{9})$`)
	partyOfPerson       = regexp.MustCompile(`^urn:altinn:person:identifier-no:[0-9]{11}$`)
	languageCode        = regexp.MustCompile(`^([A-Za-z]{2})([-_][A-Za-z]{2,4})?$`)
	// RFC 3986; letters beyond ASCII may stand (K575)
	notInURI = regexp.MustCompile("[\\s\\x00-\\x1f\\x7f\"<>\\\\^`{|}]|%(?:$|.$|[^0-9A-Fa-f]|.[^0-9A-Fa-f])")
)

// Enumerations of search parameters (docs/sources/dialogporten.md, Dialogs).
func statuses() []string {
	return []string{inProgress, "Draft", "RequiresAttention", completed, "NotApplicable", "Awaiting"}
}

func systemLabels() []string {
	return []string{labelDefault, "Bin", "Archive", "MarkedAsUnopened", labelSent}
}

// searchParameters describes the parameters of a search.
func searchParameters() []wire.Parameter {
	all := []wire.Parameter{
		{
			Name: "party", Repeated: true,
			Means:   "The organisation whose dialogs are searched. A search has a party or a serviceResource.",
			Example: partyPrefix + "987654321",
		},
		{Name: "serviceResource", Repeated: true, Means: "The Altinn resource of the dialogs."},
		{Name: "org", Repeated: true, Means: "The code of the agency that owns the dialogs."},
		{Name: "status", Repeated: true, Values: statuses(), Means: "The status of the dialogs."},
		{Name: "extendedStatus", Repeated: true, Means: "No dialog here has one."},
		{Name: "externalReference", Means: "No dialog here has one."},
		{Name: "process", Means: "No dialog here has one."},
		{
			Name: "systemLabel", Repeated: true, Values: systemLabels(),
			Means: "Labels that the dialogs have, all of them.",
		},
		{Name: "isContentSeen", Form: "boolean", Means: "Whether the content was seen."},
		{Name: "excludeApiOnly", Form: "boolean", Means: "No dialog here is for machines only."},
		{Name: "search", Means: "Words of the title, of three characters or more."},
		{Name: "searchLanguageCode", Means: "The language of the search, such as nb."},
		{Name: "orderBy", Means: "The order, such as createdAt_desc,id_asc."},
		{Name: "continuationToken", Means: "The continuationToken of the page before."},
		{Name: "limit", Form: "integer", Means: fmt.Sprintf("The most dialogs in the answer, up to %d.", maxLimit)},
	}
	for _, name := range []string{"created", "updated", "contentUpdated", "due"} {
		all = append(all,
			wire.Parameter{Name: name + "After", Form: "date-time", Means: "The first instant, with a time zone."},
			wire.Parameter{Name: name + "Before", Form: "date-time", Means: "The last instant, with a time zone."})
	}
	return all
}

// query is a parsed search. A nil list accepts any value.
type query struct {
	byParty                          bool
	organisasjoner                   []string // of the parties
	resources, orgs, statuses        []string
	created, updated, contentUpdated span
	words                            []string // of the title, in lower case
	contentSeen                      *bool    // nil accepts both
	matchesNothing                   bool     // filters on something that no dialog here has
	order                            ordering
	after                            *sortKey // nil for the first page
	limit                            int
}

// span is a period of time with its ends included (K080); a zero end is open.
type span struct{ after, before time.Time }

func (s span) holds(t time.Time) bool {
	return !t.Before(s.after) && (s.before.IsZero() || !t.After(s.before))
}

// parseQuery parses the parameters of a search. The error is a *feil.Feil with everything that is
// wrong with them. As in ASP.NET, names are matched in any letter case and unknown parameters are
// ignored (K081).
func parseQuery(parameters url.Values) (query, error) {
	in := parameterReader{given: foldNames(parameters)}
	for name, p := range in.given {
		p.all = slices.DeleteFunc(p.all, func(v string) bool { return v == "" })
		in.given[name] = p
	}
	q := query{
		resources: in.several("serviceResource", maxResources), orgs: in.several("org", maxOrgs),
		statuses: in.enumeration("status", "DialogStatus", statuses()),
		created:  in.span("created"), updated: in.span("updated"), contentUpdated: in.span("contentUpdated"),
		limit: in.limit(),
	}
	q.parties(&in)
	q.text(&in)
	q.paging(&in)
	if !q.byParty && q.resources == nil {
		in.fault("", "", "Either ServiceResource or Party must be specified.",
			"give a party or a serviceResource, or both")
	}
	q.unsupportedFilters(&in)
	return q, in.err()
}

// unsupportedFilters reads the filters on values that no dialog here has: extended status, process,
// due date, reference, and labels other than the dialog's own; no dialog is only for machines
// (K084). A dialog must have all labels that are asked for.
func (q *query) unsupportedFilters(in *parameterReader) {
	extended, due := in.several("extendedStatus", maxExtendedStatuses), in.span("due")
	labels := in.enumeration("systemLabel", "SystemLabel", systemLabels())
	q.contentSeen = in.boolean("isContentSeen")
	in.boolean("excludeApiOnly")
	strange := func(label string) bool { return !slices.Contains(ownLabels(), label) }
	if extended != nil || due != (span{}) || slices.ContainsFunc(labels, strange) ||
		in.single("externalReference") != "" || in.process() {
		q.matchesNothing = true
	}
}

// process reports whether a process is asked for, which must be a URI
// (SearchDialogQueryValidator.cs).
func (in *parameterReader) process() bool {
	text := in.single("process")
	if notInURI.MatchString(text) {
		in.fault("process", text, "'Process' is not a well-formatted URI.",
			fmt.Sprintf(
				"process is %q; it must be a URI, absolute or relative, with what is no part of one written as %%XX",
				text))
	}
	if n := utf8.RuneCountInString(text); n > maxURI {
		in.fault("process", text,
			fmt.Sprintf("The length of 'Process' must be %d characters or fewer. You entered %d characters.", maxURI,
				n),
			fmt.Sprintf("process has %d characters; it may have %d", n, maxURI))
	}
	return text != ""
}

// parties reads the parties. Check digits are not checked, and persons have no dialogs (K082).
func (q *query) parties(in *parameterReader) {
	for i, party := range in.several("party", maxParties) {
		q.byParty = true
		if match := partyOfOrganisation.FindStringSubmatch(party); match != nil {
			q.organisasjoner = append(q.organisasjoner, match[1])
		} else if !partyOfPerson.MatchString(party) {
			in.fault(fmt.Sprintf("party[%d]", i), party, "'Party' must be on format '"+partyPrefix+
				"{norwegian org-nr}' or "+
				"'urn:altinn:person:identifier-no:{norwegian f-nr/d-nr}' with valid numbers respectively.",
				fmt.Sprintf("party is %q; it must be %s and nine digits", party, partyPrefix))
		}
	}
	slices.Sort(q.organisasjoner)
	q.organisasjoner = slices.Compact(q.organisasjoner)
}

// text reads the free text search. All texts are in one language (K083).
func (q *query) text(in *parameterReader) {
	text, code := in.single("search"), in.single("searchLanguageCode")
	if n := utf8.RuneCountInString(text); text != "" && n < minSearch {
		in.fault(
			"search",
			text,
			fmt.Sprintf(
				"The length of 'Search' must be at least %d characters. You entered %d characters.",
				minSearch,
				n,
			),
			fmt.Sprintf("search is %q; it must have %d characters or more", text, minSearch),
		)
	}
	q.words = strings.Fields(strings.ToLower(text))
	match := languageCode.FindStringSubmatch(code)
	switch {
	case code == "":
	case match == nil || strings.EqualFold(match[1], "no"):
		hint := ""
		if match != nil {
			hint = "Use 'nb' or 'nn' for Norwegian. "
		}
		in.fault("searchLanguageCode", code,
			fmt.Sprintf("'SearchLanguageCode' '%s' is not a valid language code. %sCulture specific codes "+
				"like 'en_GB' and 'en-US' are normalized to 'en' (ISO 639).", code, hint),
			fmt.Sprintf("searchLanguageCode is %q; it must be a code of ISO 639, such as nb", code))
	case len(q.words) > 0 && !strings.EqualFold(match[1], language):
		q.matchesNothing = true
	}
}

func (q *query) paging(in *parameterReader) {
	q.order = newestFirst()
	if text := in.single("orderBy"); text != "" {
		order, ok := parseOrdering(text)
		if ok {
			q.order = order
		} else {
			in.invalid("orderBy", text, "OrderSet",
				"names out of createdAt, updatedAt, contentUpdatedAt, dueAt and id, each with _asc or _desc")
		}
	}
	text := in.single("continuationToken")
	if text == "" {
		return
	}
	after, names, ok := parseToken(text)
	if !ok {
		in.invalid("continuationToken", text, "ContinuationTokenSet", "the continuationToken of an answer, as it was")
	} else if lacking := q.order.missingKeys(names); len(lacking) > 0 {
		in.fault("continuationToken", text,
			fmt.Sprintf("ContinuationToken does not match OrderBy. Missing token keys: [%s].",
				strings.Join(lacking, ",")),
			"the continuationToken is of a search in another order; repeat the orderBy of that search")
	}
	q.after = &after
}

// parameterReader reads parameters and collects what is wrong with them, in Dialogporten's words
// (K086) and, for the journal, in ours.
type parameterReader struct {
	given  map[string]parameter // by lower-case name, without empty values
	unread parameterFaults      // values of the wrong type
	broken parameterFaults      // values that break a rule
}

// parameterFaults are messages by parameter, and the reasons for the journal.
type parameterFaults struct {
	details []feil.Detalj
	whys    []string
}

func (f *parameterFaults) add(name, value, message, why string) {
	f.details = append(f.details, feil.Detalj{Sti: name, AngittVerdi: value, Melding: message})
	f.whys = append(f.whys, why)
}

func (in *parameterReader) fault(name, value, message, why string) {
	in.broken.add(name, value, message, why)
}

// invalid adds a value of the wrong type, under the name as the caller spelled it.
func (in *parameterReader) invalid(name, value, kind, right string) {
	if given := in.given[strings.ToLower(name)]; given.spelled != "" {
		name = given.spelled
	}
	in.unread.add(name, value, fmt.Sprintf("Value [%s] is not valid for a [%s] property!", value, kind),
		fmt.Sprintf("%s is %q; it must be %s", name, value, right))
}

// err returns a *feil.Feil, or nil. As in the source, rules are checked only if all values have the
// right type.
func (in *parameterReader) err() error {
	faults := in.broken
	if len(in.unread.details) > 0 {
		faults = in.unread
	}
	if len(faults.details) == 0 {
		return nil
	}
	return feil.New(feil.BadParameter, strings.Join(faults.whys, "; "), faults.details...)
}

// single returns the value of a parameter that is given once; several values are joined, which is
// rarely valid (K081).
func (in *parameterReader) single(name string) string {
	return strings.Join(in.given[strings.ToLower(name)].all, ",")
}

func (in *parameterReader) several(name string, limit int) []string {
	values := in.given[strings.ToLower(name)].all
	if len(values) > limit {
		in.fault(name, "", fmt.Sprintf("'%s.Count' must be less than or equal to '%d'.", titled(name), limit),
			fmt.Sprintf("%s is given %d times; %d is the most", name, len(values), limit))
	}
	if len(values) == 0 {
		return nil
	}
	return values
}

// enumeration returns the values of an enumerated parameter, which may be in any letter case.
func (in *parameterReader) enumeration(name, kind string, known []string) (values []string) {
	for _, given := range in.given[strings.ToLower(name)].all {
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, given) }); i >= 0 {
			values = append(values, known[i])
		} else {
			in.invalid(name, given, kind, "one of "+strings.Join(known, ", "))
		}
	}
	return values
}

// boolean returns a boolean parameter, or nil if it is missing.
func (in *parameterReader) boolean(name string) *bool {
	text := in.single(name)
	if text == "" {
		return nil
	}
	value := strings.EqualFold(text, "true")
	if !value && !strings.EqualFold(text, "false") {
		in.invalid(name, text, "Boolean", "true or false")
	}
	return &value
}

func (in *parameterReader) limit() int {
	text := in.single("limit")
	if text == "" {
		return defaultLimit
	}
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		in.invalid("limit", text, "Int32", fmt.Sprintf("a number from 1 to %d", maxLimit))
	case n < 1 || n > maxLimit:
		in.fault("limit", text, fmt.Sprintf("'Limit' must be between 1 and %d. You entered %d.", maxLimit, n),
			fmt.Sprintf("limit is %d; it must be a number from 1 to %d", n, maxLimit))
	}
	return int(n)
}

// span reads the parameters that end in After and Before.
func (in *parameterReader) span(name string) span {
	s := span{in.instant(name + "After"), in.instant(name + "Before")}
	if !s.before.IsZero() && s.after.After(s.before) {
		in.fault(name+"After", in.single(name+"After"),
			fmt.Sprintf("'%sAfter' must be less than or equal to '%[1]sBefore'.", titled(name)),
			fmt.Sprintf("%sAfter is later than %[1]sBefore", name))
	}
	return s
}

// instant reads a time, which needs a time zone (docs/sources/dialogporten.md, Search).
func (in *parameterReader) instant(name string) time.Time {
	text := in.single(name)
	if text == "" {
		return time.Time{}
	}
	t, err := strictjson.Time(name, text)
	if err != nil {
		in.invalid(name, text, "DateTimeOffset",
			"an instant with a time zone, such as 2026-01-31T12:00:00Z (a + is %2B in an address)")
	}
	return t
}

// titled returns the name with a capital letter, as in Dialogporten's messages.
func titled(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

package dialogporten

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/feil"
)

// TestWrongParameters: the faults of each query, as a map from parameter to texts.
func TestWrongParameters(t *testing.T) {
	t.Parallel()
	const party = "party=" + partyPrefix + own
	many := func(name string, n int) string { return strings.Repeat("&"+name+"="+partyPrefix+own, n) }
	for query, want := range map[string]string{
		"":                        "|Either ServiceResource or Party must be specified.",
		"party=&serviceResource=": "|Either ServiceResource or Party must be specified.",
		"status=Completed":        "|Either ServiceResource or Party must be specified.",
		"party=" +
			own: "party[0]|'Party' must be on format 'urn:altinn:organization:identifier-no:{norwegian org-nr}' or " +
			"'urn:altinn:person:identifier-no:{norwegian f-nr/d-nr}' with valid numbers respectively.",
		party +
			"&party=urn:altinn:organization:identifier-no::312222221": "party[1]|'Party' must be on format " +
			"'urn:altinn:organization:identifier-no:{norwegian org-nr}' or " +
			"'urn:altinn:person:identifier-no:{norwegian f-nr/d-nr}' with valid numbers respectively.",
		many("party", 101): "party|'Party.Count' must be less than or equal to '100'.",
		many("serviceResource",
			21): "serviceResource|'ServiceResource.Count' must be less than or equal to '20'.",
		party + many("org", 21):            "org|'Org.Count' must be less than or equal to '20'.",
		party + many("extendedStatus", 21): "extendedStatus|'ExtendedStatus.Count' must be less than or equal to '20'.",
		party + "&limit=0":                 "limit|'Limit' must be between 1 and 1000. You entered 0.",
		party + "&limit=1001":              "limit|'Limit' must be between 1 and 1000. You entered 1001.",
		party + "&limit=-1":                "limit|'Limit' must be between 1 and 1000. You entered -1.",
		party + "&LIMIT=ti":                "LIMIT|Value [ti] is not valid for a [Int32] property!",
		// rules come after reading
		party + "&limit=ti&search=ab": "limit|Value [ti] is not valid for a [Int32] property!",
		party +
			"&limit=ti&createdAfter=x": "createdAfter|Value [x] is not valid for a [DateTimeOffset] " +
			"property!\nlimit|Value [ti] is not valid for a [Int32] property!",
		party + "&limit=ti":        "limit|Value [ti] is not valid for a [Int32] property!",
		party + "&limit=1&limit=2": "limit|Value [1,2] is not valid for a [Int32] property!",
		party +
			"&limit=99999999999": "limit|Value [99999999999] is not valid for a [Int32] property!",
		party +
			"&search=ab": "search|The length of 'Search' must be at least 3 characters. You entered 2 characters.",
		party +
			"&search=æø": "search|The length of 'Search' must be at least 3 characters. You entered 2 characters.",
		party +
			"&searchLanguageCode=no": "searchLanguageCode|'SearchLanguageCode' 'no' is not a valid language code. " +
			"Use 'nb' or 'nn' for Norwegian. Culture specific codes like 'en_GB' and 'en-US' are normalized to 'en' " +
			"(ISO 639).",
		party +
			"&searchLanguageCode=norsk": "searchLanguageCode|'SearchLanguageCode' 'norsk' is not a valid language " +
			"code. Culture specific codes like 'en_GB' and 'en-US' are normalized to 'en' (ISO 639).",
		party +
			"&status=Ferdig": "status|Value [Ferdig] is not valid for a [DialogStatus] property!",
		party +
			"&systemLabel=x": "systemLabel|Value [x] is not valid for a [SystemLabel] property!",
		party +
			"&isContentSeen=ja": "isContentSeen|Value [ja] is not valid for a [Boolean] property!",
		party +
			"&excludeApiOnly=0": "excludeApiOnly|Value [0] is not valid for a [Boolean] property!",
		party +
			"&createdAfter=2026-03-02T12:00:00": "createdAfter|Value [2026-03-02T12:00:00] is not valid for a " +
			"[DateTimeOffset] property!",
		party +
			"&updatedBefore=2026-03-02": "updatedBefore|Value [2026-03-02] is not valid for a [DateTimeOffset] " +
			"property!",
		party +
			"&contentUpdatedAfter=i%20dag": "contentUpdatedAfter|Value [i dag] is not valid for a [DateTimeOffset] " +
			"property!",
		party +
			"&dueBefore=2026-03-02T12:00:00+01:00": "dueBefore|Value [2026-03-02T12:00:00 01:00] is not valid for a " +
			"[DateTimeOffset] property!",
		party +
			"&createdAfter=2026-03-02T12:00:00Z&createdBefore=2026-03-02T11:59:59Z": "createdAfter|'CreatedAfter' " +
			"must be less than or equal to 'CreatedBefore'.",
		party +
			"&orderBy=tittel": "orderBy|Value [tittel] is not valid for a [OrderSet] property!",
		party +
			"&orderBy=createdAt_up": "orderBy|Value [createdAt_up] is not valid for a [OrderSet] property!",
		party +
			"&orderBy=id,id_asc": "orderBy|Value [id,id_asc] is not valid for a [OrderSet] property!",
		party +
			"&continuationToken=x": "continuationToken|Value [x] is not valid for a [ContinuationTokenSet] property!",
		party +
			"&continuationToken=id_7": "continuationToken|Value [id_7] is not valid for a [ContinuationTokenSet] " +
			"property!",
		party +
			"&continuationToken=id_0193b5cd-cbce-7dbd-b188-1437db673767": "continuationToken|ContinuationToken does " +
			"not match OrderBy. Missing token keys: [contentupdatedat].",
		party +
			"&process=x%20y": "process|'Process' is not a well-formatted URI.",
		party +
			"&process=urn:a%25zz": "process|'Process' is not a well-formatted URI.",
		party +
			"&process=%3Curn:a%3E": "process|'Process' is not a well-formatted URI.",
		party + "&process=" +
			strings.Repeat("a",
				1024): "process|The length of 'Process' must be 1023 characters or fewer. You entered 1024 characters.",
		party +
			"&limit=0&search=a": "search|The length of 'Search' must be at least 3 characters. You entered 1 " +
			"characters.\nlimit|'Limit' must be between 1 and 1000. You entered 0.",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parseQuery(values)
		var f *feil.Feil
		if !errors.As(err, &f) || f.Offence != feil.BadParameter || f.Why == "" {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var message []string
		for _, d := range f.Detaljer {
			message = append(message, d.Sti+"|"+d.Melding)
		}
		slices.Sort(message)
		wanted := strings.Split(want, "\n")
		slices.Sort(wanted)
		if diff := gocmp.Diff(wanted, message); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// TestProcessIsAURI: what .NET calls well-formed is taken, absolute or relative.
func TestProcessIsAURI(t *testing.T) {
	t.Parallel()
	for _, process := range []string{
		"urn:test:prosess:1", "https://example.no/a?b=c#d", "/relativ", "a%20b", "blåbær",
		strings.Repeat("a", 1023),
	} {
		q, err := parseQuery(url.Values{"party": {partyPrefix + own}, "process": {process}})
		if err != nil || !q.matchesNothing {
			t.Errorf("%.40s: %v, finds nothing: %v", process, err, q.matchesNothing)
		}
	}
}

// TestToken: a token leads back to its place in every ordering that it is of, and no other text is
// taken for one.
func TestToken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		instant := func(label string) time.Time {
			return stamp(noon.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, label))))
		}
		p := sortKey{
			created: instant("created"), updated: instant("updated"),
			contentUpdated: instant("contentUpdated"), id: "0193b5cd-cbce-7dbd-b188-1437db673767",
		}
		names := rapid.Permutation([]string{
			"createdAt", "updatedat_asc", "CONTENTUPDATEDAT_desc", "dueAt_asc",
			"id_ASC",
		}).Draw(t, "names")
		order, ok := parseOrdering(strings.Join(names[:rapid.IntRange(1, 5).Draw(t, "n")], ","))
		if !ok {
			t.Fatalf("%v is no ordering", names)
		}
		again, same := parseOrdering(order.String())
		if !same || again.String() != order.String() {
			t.Fatalf("%s is read as %s", order, again)
		}
		got, keys, ok := parseToken(order.token(&p))
		if !ok || order.compare(&got, &p) != 0 || len(order.missingKeys(keys)) != 0 {
			t.Fatalf("%s leads to %+v, not to %+v", order.token(&p), got, p)
		}
	})
}

// FuzzQuery: no parameters make a panic, and those that are taken are within the limits.
func FuzzQuery(f *testing.F) {
	f.Add("party=" + partyPrefix + own +
		"&limit=5&orderBy=createdAt_asc&continuationToken=createdat_2026-03-02T12:00:00.0000000Z,id_0193b5cd-cbce-7dbd-b188-1437db673767")
	f.Add(
		"serviceResource=urn:altinn:resource:x&createdAfter=2026-03-02T12:00:00Z&status=Completed&search=abc&searchLanguageCode=nb")
	f.Add("party=&limit=&orderBy=,_&continuationToken=_,_")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := parseQuery(values)
		var message *feil.Feil
		if err != nil && (!errors.As(err, &message) || len(message.Detaljer) == 0) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && (q.limit < 1 || q.limit > maxLimit || len(q.organisasjoner) > maxParties || len(q.order) < 2 ||
			!q.byParty && q.resources == nil) {
			t.Errorf("%q is taken as %+v", text, q)
		}
	})
}

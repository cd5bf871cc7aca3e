package maskinporten

import (
	"net/http"
	"slices"
)

// Explanation says in plain words what an error of the token endpoint means and how to correct it.
// Its text is the page at the error's error_uri.
type Explanation struct {
	// Page is the last part of its address, <issuer>errors/<Page>: the MP code, or a name of the
	// sandbox's own where Maskinporten has no code.
	Page string
	// MP is the code, as in MP-110, or empty where Maskinporten gives none.
	MP string
	// Status and Error are the answer's HTTP status and its error.
	Status int
	Error  string
	// Title is the text in error_description, with X, N and M for values of the grant.
	Title string
	// Means explains the error, and Fix how to correct it, in a few English sentences without
	// markup.
	Means, Fix string

	// prefixed is true if the text in error_description begins with that of all failed client
	// authentications.
	prefixed bool
}

// Explanations returns the errors that the token endpoint can answer, those with an MP code first,
// by code.
func Explanations() []Explanation { return slices.Clone(explanations) }

// Explain returns the explanation with the given page; false if there is none.
func Explain(page string) (Explanation, bool) {
	for _, e := range explanations {
		if e.Page == page {
			return e, true
		}
	}
	return Explanation{}, false
}

// Pages of errors that have no code at Maskinporten (K104).
const (
	issuedInTheFuture    = "issued-in-the-future"
	unknownKid           = "unknown-kid"
	kidRequired          = "kid-required"
	ownConsumerOrg       = "consumer-org"
	tooLongLifetime      = "too-long-lifetime"
	repeatedParameter    = "repeated-parameter"
	missingGrantType     = "missing-grant-type"
	unsupportedGrantType = "unsupported-grant-type"
)

// Values of error: of OAuth 2.0 (RFC 6749, section 5.2; RFC 9396, section 5) and Maskinporten's
// own.
const (
	invalidRequest  = "invalid_request"
	invalidGrant    = "invalid_grant"
	invalidScope    = "invalid_scope"
	invalidDetails  = "invalid_authorization_details"
	noConfiguration = "invalid_altinn_customer_configuration"
	forbidden       = "forbidden"
)

// explanations has the codes, texts and errors of docs/sources/maskinporten.md. The errors of
// MP-301 and MP-302 and those without a code are choices (K104, K105). It is never changed.
var explanations = []Explanation{
	{
		Page: "MP-011", MP: "MP-011", Status: http.StatusBadRequest, Error: invalidRequest,
		Title: "Invalid assertion. Invalid parameter value",
		Means: "The grant (the form field assertion) is not formed as Maskinporten wants it: it is no JWT, it was " +
			"cut off or has line breaks in it, its header has another alg than RS256, RS384 or RS512, a required " +
			"claim is missing, a claim has the wrong type, or there is a claim that Maskinporten does not know.",
		Fix: "Send one unbroken word of three parts, header.payload.signature. The claims must be aud, iss, " +
			"scope, iat and exp; jti is recommended; resource, pid, consumer_org, iss_onbehalfof and " +
			"authorization_details are optional; sub and nbf are let pass. Times are numbers of seconds, and all " +
			"other claims texts but resource, a list, and authorization_details, a list of one object.",
	},
	{
		Page: "MP-012", MP: "MP-012", Status: http.StatusBadRequest, Error: invalidGrant,
		Title: "Grant is used before",
		Means: "A grant gives one token. This one, or another of the same client with the same jti, has given a " +
			"token already. A grant without jti is compared whole, so two that were made in one second are the same.",
		Fix: "Make a new grant with a new jti each time you ask for a token, also when you ask again after a " +
			"failure. A jti that is set once in the client's configuration works once. Keep the token and use it " +
			"until it expires instead of asking anew for every call.",
	},
	{
		Page: "MP-100", MP: "MP-100", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Client not found",
		Means: "There is no client with the id that stands in iss. Two causes are common: iss is the id of the key " +
			"instead of the client's, or the client is in another environment.",
		Fix: "Set iss to the client's id, a UUID at Maskinporten. In the sandbox the clients are those of the " +
			"clients file; without such a file every client id will do.",
	},
	{
		Page: "MP-110", MP: "MP-110", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Invalid JWT claim aud",
		Means: "aud is not this issuer. It must be the issuer's identifier to the letter, one value: the slash at " +
			"the end counts, and the address of the token endpoint is another thing.",
		Fix: "Set aud to the issuer that the metadata document tells. Do not put it together by hand.",
	},
	{
		Page: "MP-120", MP: "MP-120", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "The JWT is signed with an invalid certificate",
		Means: "The certificate in x5c does not count here. At Maskinporten that is mostly a production certificate " +
			"in the test environment, or the reverse. In the sandbox it has expired or is not valid yet, has no RSA " +
			"key, or is not one of those that the clients file lists for the client.",
		Fix: "Use a certificate that is valid at the time of the sandbox's clock, and put it first in x5c. A " +
			"self-signed one will do. If the clients file lists certificates for the client, add it there.",
	},
	{
		Page: "MP-121", MP: "MP-121", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Expired key",
		Means: "The key that kid names is registered on the client, but has expired. At Maskinporten a registered " +
			"key lasts one year, and this error is how many find out.",
		Fix: "Register a new key on the client and use its kid. In the sandbox the time is the key's expires in " +
			"the clients file, seen by the sandbox's clock.",
	},
	{
		Page: "MP-122", MP: "MP-122", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Invalid organization number for client. Does not match certificate orgno",
		Means: "The certificate in x5c belongs to another organisation than the client does, or its subject " +
			"names none.",
		Fix: "Sign with a certificate of the organisation that owns the client. The number is read from the " +
			"subject: organizationIdentifier (2.5.4.97) as NTRNO-nnnnnnnnn, else serialNumber as nine digits.",
	},
	{
		Page: "MP-123", MP: "MP-123", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Invalid JWT header x5c",
		Means: "The header x5c is not a list of certificates. It is often a text where there must be a list of one.",
		Fix: "Make x5c an array of texts, each a certificate in DER form as base64 (not base64url, no PEM lines), " +
			"beginning with the one that signs.",
	},
	{
		Page: "MP-124", MP: "MP-124", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Invalid JWT signature",
		Means: "The signature does not fit the key: the grant is signed with another private key than the one whose " +
			"public half is registered, or was changed after it was signed.",
		Fix: "Sign with the private key that belongs to kid, or to the first certificate in x5c, and send the " +
			"grant as it is. In the sandbox without a clients file, a key that came in the header jwk stays the key " +
			"of its kid until the session is reset.",
	},
	{
		Page: "MP-130", MP: "MP-130", Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "JWT is expired",
		Means: "The time exp has passed by more than ten seconds; with --maskinporten strict, it has passed at all, " +
			"or iat is more than ten seconds ago. If the grant was made just now, the two clocks do not agree.",
		Fix: "Make a grant right before you send it, with iat as the time now in seconds since 1970. Check the " +
			"clock of the machine or container. The sandbox's clock can be set, frozen and moved: see where it stands.",
	},
	{
		Page: "MP-200", MP: "MP-200", Status: http.StatusBadRequest, Error: invalidScope,
		Title: "Token request contains invalid scopes for client, X",
		Means: "The client and its key are good, but the scope X is not registered on the client.",
		Fix: "Register the scope on the client, or correct its spelling in the grant. In the sandbox the scopes " +
			"of a client stand in the clients file.",
	},
	{
		Page: "MP-201", MP: "MP-201", Status: http.StatusBadRequest, Error: invalidScope,
		Title: "Token request contains scopes not allowed for maskinporten",
		Means: "The client is set up for another integration type than Maskinporten, so its scopes give no token here.",
		Fix: "Make a client of the type maskinporten. In the sandbox the type is the client's integration in the " +
			"clients file.",
	},
	{
		Page: "MP-250", MP: "MP-250", Status: http.StatusForbidden, Error: forbidden,
		Title: "Consumer has not been granted access to the scope X",
		Means: "The scope is on the client, but the owner of the API has not granted it to the client's organisation.",
		Fix: "Ask the owner of the API for access. In the sandbox such scopes stand under ungranted in the " +
			"clients file.",
	},
	{
		Page: "MP-251", MP: "MP-251", Status: http.StatusForbidden, Error: forbidden,
		Title: "Consumer N has not delegated access to the scope X to supplier M",
		Means: "The grant asks for a token on behalf of the organisation in consumer_org, which has not delegated " +
			"the API to the client's organisation in Altinn.",
		Fix: "The customer must delegate the API in Altinn to the supplier. In the sandbox the delegations stand " +
			"in the clients file.",
	},
	{
		Page: "MP-301", MP: "MP-301", Status: http.StatusBadRequest, Error: invalidDetails,
		Title: "Unknown authorization details type",
		Means: "The type in authorization_details is missing or unknown.",
		Fix:   "Set type to urn:altinn:systemuser. The consents of Altinn (urn:altinn:consent) are not imitated.",
	},
	{
		Page: "MP-302", MP: "MP-302", Status: http.StatusBadRequest, Error: invalidDetails,
		Title: "Unknown fields in the authorization details",
		Means: "The object in authorization_details has a member that Maskinporten does not know.",
		Fix: "The members are type, systemuser_org and externalRef; those of systemuser_org are authority and ID, " +
			"spelled in upper case.",
	},
	{
		Page: "MP-303", MP: "MP-303", Status: http.StatusBadRequest, Error: noConfiguration,
		Title: "Invalid authorization details values",
		Means: "There is no approved system user for this client and customer with this externalRef, or a value is " +
			"not formed as it must be. Until the customer has approved the vendor's request in Altinn, this is the " +
			"answer.",
		Fix: "Have the customer approve the system user. Give systemuser_org.ID as 0192: and nine digits. If the " +
			"system user was asked for with an externalRef, the grant must have the same; left out, it counts as " +
			"the customer's organisation number. In the sandbox the system users stand under systembrukere in the " +
			"clients file.",
	},
	{
		Page: issuedInTheFuture, Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Issue time is after now",
		Means: "iat is more than ten seconds ahead of the clock here, so the two clocks do not agree.",
		Fix: "Set iat to the time now in seconds (not milliseconds) since 1970. Check the clock of the machine or " +
			"container. The sandbox's clock can be set, frozen and moved: see where it stands.",
	},
	{ // K521
		Page: tooLongLifetime, Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "JWT has too long lifetime",
		Means: "exp lies too long after iat. Digdir's page allows 120 seconds, and so does the sandbox with " +
			"--maskinporten strict; Maskinporten itself takes up to 180.",
		Fix: "Set exp to at most iat + 120. With golang.org/x/oauth2/jwt set Expires to at most 110 seconds, " +
			"since it puts iat ten seconds back; its default is an hour.",
	},
	{
		Page: unknownKid, Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Unknown key identifier (kid) for client",
		Means: "The client is known, but has no key of the name that stands in kid.",
		Fix: "Set kid to the name that the key was registered with on this very client. In the sandbox the keys " +
			"stand in the clients file.",
	},
	{
		Page: kidRequired, Status: http.StatusBadRequest, Error: invalidGrant, prefixed: true,
		Title: "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided",
		Means: "The grant's header has no kid. A client with registered keys must use one of them, also when the " +
			"grant has a certificate in x5c.",
		Fix: "Put the name of the registered key into the header as kid, and sign with that key. A client without " +
			"registered keys sends its certificate in x5c instead.",
	},
	{
		Page: ownConsumerOrg, Status: http.StatusBadRequest, Error: invalidRequest,
		Title: "The combination consumer_org in claim and delegation scope on client is invalid",
		Means: "consumer_org is the client's own organisation, which cannot delegate to itself.",
		Fix: "Leave consumer_org out when the token is for yourself. Else it is the customer's organisation " +
			"number, nine digits without prefix.",
	},
	{ // K523
		Page: repeatedParameter, Status: http.StatusBadRequest, Error: invalidRequest,
		Title: "Repeated parameter",
		Means: "The request has a parameter more than once: twice in the form, twice in the query, or once in each. " +
			"Which of them counts is nowhere defined, so none does (RFC 6749, section 3.2).",
		Fix: "Send grant_type and assertion once each, in the form only.",
	},
	{
		Page: missingGrantType, Status: http.StatusBadRequest, Error: invalidRequest,
		Title: "Missing grant_type",
		Means: "The request has no grant_type, perhaps because it was sent as JSON: the token endpoint reads form " +
			"fields.",
		Fix: "Send grant_type and assertion with Content-Type application/x-www-form-urlencoded.",
	},
	{
		Page: unsupportedGrantType, Status: http.StatusBadRequest, Error: "unsupported_grant_type",
		Title: "Unsupported grant_type",
		Means: "Maskinporten gives tokens for signed JWT grants only; client_credentials, authorization_code and " +
			"the others are not for it.",
		Fix: "Set grant_type to urn:ietf:params:oauth:grant-type:jwt-bearer, and send the signed grant as assertion.",
	},
}

package altinn

import "slices"

// Code is an error code of Altinn's. Validation codes (AUTH.VLD) come in a list, with the place of
// the fault; the others alone.
type Code struct {
	Name   string
	Status int
	Text   string
	Path   string // of a validation code, below /registersystemrequest/, or ? and a parameter; empty for another code
	Means  string // what it says, in plain words
	Fix    string // what a vendor does about it
}

// Codes returns the error codes that a vendor, or the approval, can meet, by name.
func Codes() []Code { return slices.Clone(codes) }

// FindCode returns the code of that name; false if there is none.
func FindCode(name string) (Code, bool) {
	i := slices.IndexFunc(codes, func(c Code) bool { return c.Name == name })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

// code returns a code that there is.
func code(name string) Code {
	found, ok := FindCode(name)
	if !ok {
		panic("altinn: no code " + name) // a test calls all
	}
	return found
}

// Fixes that several codes share.
const (
	fixPackages = "Ask only for packages that stand under accessPackages of the system in the register; PUT " +
		"…/accesspackages adds one."
	fixApproval = "The customer sees this on the approval page. Ask a person with the right role to approve."
	fixClients  = "Name the agent's system user and the client by their ids."
)

// codes has the texts and statuses of docs/sources/systembruker.md. It is never changed.
var codes = []Code{
	{
		"AUTH-00000", 400, "Can't resolve the Organisation Number from the logged in Reportee PartyId.", "",
		"partyOrgNo is not the number of an organisation that Altinn knows.",
		"Send the customer's organisation number as nine digits, with a right check digit. In Altinn's test " +
			"environment it is a synthetic organisation's.",
	},
	{
		"AUTH-00001", 400, "One or more Right not found or not delegable.", "",
		"The request has neither rights nor accessPackages, or a right that the system has not.",
		"Ask only for rights that stand in the system in the register, resource for resource.",
	},
	{
		"AUTH-00002", 400, "The Delegation failed.", "", "Altinn could not give the system user its rights.",
		fixApproval,
	},
	{
		"AUTH-00003", 400, "Failed to create the SystemUser.", "", "Altinn could not make the system " +
			"user.", fixApproval,
	},
	{
		"AUTH-00004", 400, "Failed to create new SystemUser, existing SystemUser tied to the given System-Id.", "",
		"The customer has a system user for this system and externalRef already.",
		"Use it; GET /systemuser/vendor/byquery shows it. For a second one send another externalRef, and the same in " +
			"the grant to Maskinporten.",
	},
	{
		"AUTH-00006", 400, "The combination of External Ids refer to an already Accepted SystemUser.", "",
		"Another vendor's request has this key, and is accepted.", "Send the id of your own system.",
	},
	{
		"AUTH-00007", 400, "The combination of External Ids refer to a Pending Request, please reuse or delete.", "",
		"Another vendor's request has this key, and waits. Your own is answered with 200.",
		"Send the id of your own system.",
	},
	{
		"AUTH-00008", 400, "The combination of External Ids refer to a Denied Request, please delete and renew the " +
			"Request.", "", "The status Denied is not in use.", "Delete the request, and ask again.",
	},
	{
		"AUTH-00009", 400, "The combination of External Ids refer to a Rejected Request, please delete and renew the " +
			"Request.", "", "Another vendor's request has this key, and is rejected. Your own is answered with 200.",
		"Send the id of your own system.",
	},
	{
		"AUTH-00010", 404, "The Id does not refer to a Request in our system.", "",
		"There is no request of this id and kind, or it was deleted.",
		"Keep the id that POST answered. Requests for agents are read below …/vendor/agent/.",
	},
	{
		"AUTH-00011", 404, "The Id does not refer to a Registered System.", "",
		"The system is not registered here, or belongs to another vendor than the token.",
		"Register the system first, with a token of the same organisation. Test and production are separate registers.",
	},
	{
		"AUTH-00012", 404, "An error occured when storing the Request.", "", "Altinn could not store the request.",
		"Try again with a growing wait.",
	},
	{
		"AUTH-00013", 409, "The Status of the Request is not New.", "", "The request has its answer already.",
		"Read the request to see which.",
	},
	{
		"AUTH-00014", 403, "DelegationCheck failed with unknown error.", "", "The approval failed inside.", fixApproval,
	},
	{
		"AUTH-00015", 404, "The SystemUser was not found.", "",
		"There is no system user of this id, or it is an agent's, which cannot be changed.",
		"Send the id of an approved standard system user: that of its request.",
	},
	{
		"AUTH-00016", 403, "DelegationCheck failed with error: Has not access by a delegation of role in ER or " +
			"Altinn.", "",
		"A right of the request cannot be delegated, or the person does not hold it. Register and request take such " +
			"a right; it fails first here.", fixApproval,
	},
	{"AUTH-00017", 404, "The SystemName was not found.", "", "The system has no name.", "Register it with names."},
	{
		"AUTH-00021", 400, "The RedirectUri was not found or not valid.", "",
		"redirectUrl is none of the system's.",
		"Send one whose scheme, host and path are those of an entry of allowedRedirectUrls. The query is free.",
	},
	{
		"AUTH-00023", 401, "Can't resolve the Organisation Number for the Vendor from the Token.", "",
		"The token has no consumer.", "Send a token of Maskinporten's, or one exchanged from it.",
	},
	{
		"AUTH-00024", 403, "you don't have rights to delete this systemuser", "", "Only the customer deletes it.",
		fixApproval,
	},
	{
		"AUTH-00025", 400, "The request id is valid but its not a valid request for creating an agent system user", "",
		"The request is one for a standard system user.", "Read it below …/request/vendor/.",
	},
	{
		"AUTH-00026", 400, "No redirect uris are set for the system", "",
		"The request has a redirectUrl, and the system has no allowedRedirectUrls.",
		"Put the address into allowedRedirectUrls of the system, or leave redirectUrl out.",
	},
	{
		"AUTH-00030", 404, "The Id does not refer to an AgentRequest in our system.", "",
		"There is no request for an agent of this id.", "Keep the id that POST answered.",
	},
	{
		"AUTH-00041", 403, "Party does not match request's orgno", "", "The approver acts for another organisation.",
		fixApproval,
	},
	{
		"AUTH-00042", 403, "Party does not match agent request's orgno", "",
		"The approver acts for another organisation.", fixApproval,
	},
	{
		"AUTH-00050", 400, "The delegation check failed for access packages", "", "The approval failed inside.",
		fixApproval,
	},
	{
		"AUTH-00052", 400, "One or more access packages are invalid", "", "The approval met an unknown package.",
		fixPackages,
	},
	{
		"AUTH-00053", 400, "The user does not have enough access to delegate the requested access packages", "",
		"The person who approves does not hold the packages.", fixApproval,
	},
	{
		"AUTH-00058", 400, "No AccessPackages found, an Agent SystemUser must have at least one", "",
		"A request for an agent has no package.", fixPackages,
	},
	{
		"AUTH-00059", 400, "No AccessPackages or Single Rights found, a SystemUser must have at least one", "",
		"Both rights and accessPackages are empty.", "Ask for a right or a package of the system.",
	},
	{
		"AUTH-00060", 404, "An error occured when Updating the Request.", "", "Altinn could not store the request.",
		"Try again with a growing wait.",
	},
	{
		"AUTH-00061", 409,
		"The Status of the Request is not New. Please generate a new CorrellationId for a new Change Request", "",
		"The change has its answer already.", "Make a new correlation-id.",
	},
	{
		"AUTH-00063", 400, "One or more accesspackage is not found in the referenced system in the System " +
			"Register.", "",
		"The request has a package that the system has not.", fixPackages,
	},
	{
		"AUTH-00064", 400, "One or more access packages cannot be delegated. Either they are intended for clients or " +
			"they cannot be delegated further.", "",
		"A request for a standard system user has a package for agents, such as regnskapsforer-lonn or " +
			"ansvarlig-revisor.",
		"Ask with POST /systemuser/request/vendor/agent for an accountant or auditor; a business that reports for " +
			"itself takes skattegrunnlag or the resource of the API.",
	},
	{
		"AUTH-00065", 400, "One or more access packages cannot be delegated because they are not intended for client " +
			"relationships", "", "A request for an agent has a package that cannot be delegated.", fixPackages,
	},
	{
		"AUTH-00066", 403, "The request requires logged in user to have accessmanager write.", "",
		"The person is no access manager (Tilgangsstyrer) of the customer.", fixApproval,
	},
	{
		"AUTH-00079", 400, "Client not found.", "", "The client is no organisation that Altinn knows.", fixClients,
	},
	{
		"AUTH-00080", 400, "Client does not have the accesspackages the agent system user requires", "",
		"The client has not given the accountant or auditor the packages of its system user.",
		"The client's role for the accountant or auditor in the register gives them; see to it that it is there.",
	},
	{
		"AUTH.VLD-00000", 400, "the org number identifier is not valid ISO6523 identifier", "vendor/id",
		"vendor.ID is not of the form 0192:NNNNNNNNN.", `Send {"authority":"iso6523-actorid-upis","ID":"0192:…"}.`,
	},
	{
		"AUTH.VLD-00001", 400, "The system id does not match the format orgnumber_xxxx...", "systemid",
		"The id does not begin with the vendor's number and an underscore.", "Name the system NNNNNNNNN_name.",
	},
	{
		"AUTH.VLD-00002", 400, "The system id already exists", "systemid",
		"A system has this id, or had it: a deleted one keeps it.", "Change the system with PUT, or take a new id.",
	},
	{
		"AUTH.VLD-00003", 400,
		"One or more resources specified in rights were not found in Altinn's resource register.", "rights/resource",
		"A resource is not one that Altinn knows.", "Take the id from the page of the API, to the letter.",
	},
	{
		"AUTH.VLD-00004", 400, "One of the client id is already tagged with an existing system", "clientid",
		"A client id stands on another system.", "Use one client for one system, or take it off the other.",
	},
	{
		"AUTH.VLD-00005", 400,
		"One or more of the redirect urls format is not valid. The valid format is https://xxx.xx",
		"allowedredirecturls",
		"A redirect address is not https.", "Use an address of https, also for tests: http://localhost is refused.",
	},
	{
		"AUTH.VLD-00006", 400, "One or more duplicate rights found", "rights/resource",
		"A right stands there twice.", "Send each right once.",
	},
	{
		"AUTH.VLD-00007", 400, "One or more duplicate access package(s) found", "accesspackages",
		"A package stands there twice.", "Send each package once.",
	},
	{
		"AUTH.VLD-00008", 400,
		"One or all the accesspackage(s) is not found in altinn's access packages or is not " +
			"delegable", "accesspackages",
		"A package is misspelt, unknown, or for nobody to delegate.",
		"Send urn:altinn:accesspackage: and the name to the letter; it is skatt-naering, not skattnaering.",
	},
	{
		"AUTH.VLD-00009", 400,
		"One or more resource id is in wrong format. The valid format is urn:altinn:resource", "rights/resource",
		"The id of a resource is not urn:altinn:resource.",
		`Send {"resource":[{"id":"urn:altinn:resource","value":"the resource"}]}.`,
	},
	{
		"AUTH.VLD-00011", 400, "Request contains duplicate client ids", "clientid",
		"A client id stands there twice.", "Send each client id once.",
	},
	{
		"AUTH.VLD-00012", 400, "The system ID in the request body does not match the system ID in the URL", "systemid",
		"id in the body is another than in the address.", "Send the same in both.",
	},
	{
		"AUTH.VLD-00013", 400,
		"System ID cannot have spaces in id (leading, trailing or in between the id)", "systemid",
		"The id has a space.", "Name the system without spaces.",
	},
	{
		"AUTH.VLD-00014", 400, "System user not found", "?agent", "There is no system user of this id.", fixClients,
	},
	{
		"AUTH.VLD-00015", 400, "SystemUser is not a valid system user of type agent", "?agent",
		"The system user is a standard one, which has no clients.", fixClients,
	},
	{
		"AUTH.VLD-00016", 400, "The client query parameter is missing or invalid", "?client",
		"The client is no organisation number.", fixClients,
	},
	{
		"AUTH.VLD-00017", 400,
		"One or more resources specified in rights is of resource type which is not delegable.", "rights/resource",
		"A resource is of a type that no system user can have.", "Leave it out.",
	},
	{
		"AUTH.VLD-00018", 400, "Access packages meant for system user for client relations can't be used in " +
			"combination with the flag isVisible: true", "accesspackages",
		"A package for agents stands in a system that customers see in a list. isVisible is true if left out.",
		"Send isVisible: false.",
	},
}

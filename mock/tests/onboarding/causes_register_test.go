package onboarding

import (
	"strings"

	"sandkasse/mock/internal/testkit"
)

// otherSystem is the body of a second system.
var otherSystem = strings.NewReplacer(testkit.System, testkit.System+"2", testkit.SystemClient, "another-client").
	Replace(testkit.SystemBody)

// changed returns a function that registers the second system with a part of its body in place of
// another.
func changed(old, replacement string) func(s site) reply {
	return func(s site) reply { return s.send("POST", systemPath, s.with(otherSystem, old, replacement)) }
}

// replaced returns a function that replaces testkit's system with a part of its body in place of
// another.
func replaced(old, replacement string) func(s site) reply {
	return func(s site) reply {
		return s.send("PUT", systemPath+"/"+testkit.System, s.with(testkit.SystemBody, old, replacement))
	}
}

// deleted returns a function that deletes testkit's system before a call.
func deleted(call func(s site) reply) func(s site) reply {
	return func(s site) reply {
		s.altinn(200, "DELETE", systemPath+"/"+testkit.System, "")
		return call(s)
	}
}

// byAnother returns a function that has another vendor make a call.
func byAnother(call func(s site) reply) func(s site) reply {
	return func(s site) reply { return call(s.as(another, "")) }
}

const (
	anyPackage   = `{"urn": "urn:altinn:accesspackage:skattegrunnlag"}`
	noSystem     = systemPath + "/319000003_none"
	ownSystem    = systemPath + "/" + testkit.System
	toAnother    = "the token is of " + another
	deletedText  = "Cannot update a system marked as deleted."
	otherPackage = `{"urn": "urn:altinn:accesspackage:regnskapsforer-lonn"}`
)

// registerCauses returns the refusals of POST, GET and DELETE of a system.
func registerCauses() []cause {
	const step = "altinn-system-create"
	ofDatabase := `value for domain business_application.translated_text violates check constraint ` +
		`"translated_text_check"`
	return []cause{
		{"VLD-00000", "AUTH.VLD-00000", 400, changed(`"0192:`, `"9908:`), "", step, "must be 0192:", ""},
		{
			"VLD-00001", "AUTH.VLD-00001", 400, changed(`"id": "319000003_demo2"`, `"id": "319000011_demo"`), "",
			step,
			"must begin with 319000003_", "",
		},
		{
			"VLD-00002", "AUTH.VLD-00002", 400, changed(`"id": "319000003_demo2"`, `"id": "319000003_demo"`), "",
			step,
			"or had it before it was deleted", "",
		},
		{
			"VLD-00002 of a deleted one", "AUTH.VLD-00002", 400, deleted(sent("POST", systemPath, testkit.SystemBody)),
			"",
			step, "or had it before it was deleted", "",
		},
		{
			"VLD-00003", "AUTH.VLD-00003", 400, changed("ske-innrapportering-boligsparing-ungdom",
				"boligsparing-ungdom"),
			`"ResourceIds Not Found : ":"boligsparing-ungdom"`, step,
			"did you mean ske-innrapportering-boligsparing-ungdom?", "K744",
		},
		{
			"VLD-00003 for the name of an API", "AUTH.VLD-00003", 400,
			changed("ske-innrapportering-boligsparing-ungdom", "bsu"), `"ResourceIds Not Found : ":"bsu"`, step,
			"did you mean ske-innrapportering-boligsparing-ungdom?", "K744",
		},
		{
			"VLD-00004", "AUTH.VLD-00004", 400, changed("another-client", testkit.SystemClient), "", step,
			"is on the system " + testkit.System, "",
		},
		{
			"VLD-00005", "AUTH.VLD-00005", 400, changed("https://demo.example/ok", "http://localhost/ok"), "", step,
			`"http://localhost/ok" is no address of https`, "",
		},
		{
			"VLD-00006", "AUTH.VLD-00006", 400, changed(`"rights": [`, `"rights": [`+rightToBSU+`, `), "", step,
			"twice", "",
		},
		{
			"VLD-00007", "AUTH.VLD-00007", 400, changed(`"accessPackages": [`, `"accessPackages": [`+anyPackage+`, `),
			"",
			step, "twice", "",
		},
		{
			"VLD-00008", "AUTH.VLD-00008", 400, changed("accesspackage:skattegrunnlag", "accesspackage:skattnaering"),
			`"Invalid Urn Details : ":"Not found: urn:altinn:accesspackage:skattnaering"`, step,
			"did you mean urn:altinn:accesspackage:skatt-naering?", "",
		},
		{
			"VLD-00008 of each kind", "AUTH.VLD-00008", 400, changed(anyPackage,
				`{"urn": "skattegrunnlag"}, {"urn": `+
					`"urn:altinn:accesspackage:x"}, {"urn": "urn:altinn:accesspackage:eksplisitt"}`),
			`"Invalid Urn Details : ":"Invalid format: skattegrunnlag | Not found: urn:altinn:accesspackage:x | ` +
				`Not possible to delegate: urn:altinn:accesspackage:eksplisitt"`, step,
			"did you mean urn:altinn:accesspackage:skattegrunnlag?", "",
		},
		{
			"VLD-00009", "AUTH.VLD-00009", 400, changed(`"id": "urn:altinn:resource"`, `"id": "resource"`),
			`"Invalid Resource Id Details : ":"resource"`, step, "the id of a resource is urn:altinn:resource", "",
		},
		{
			"VLD-00013", "AUTH.VLD-00013", 400, changed(`"id": "319000003_demo2"`, `"id": "319000003_demo 2"`), "",
			step,
			"has a space", "",
		},
		{
			"VLD-00017", "AUTH.VLD-00017", 400,
			changed("ske-innrapportering-boligsparing-ungdom", "nav_maskinportenschema"),
			`"ResourceIds Not Delegable : ":"nav_maskinportenschema"`, step, "no system user can have the resource",
			"K744",
		},
		{
			"VLD-00018", "AUTH.VLD-00018", 400, changed(`"isVisible": false`, `"isVisible": true`), "", step,
			"send isVisible: false", "",
		},
		{
			"VLD-00018 by default", "AUTH.VLD-00018", 400, changed(`  "isVisible": false,`, ""), "", step,
			"which it is when left out", "",
		},
		{"of another vendor", "", 403, byAnother(changed("x", "x")), "", step, toAnother, ""},
		{
			"a client id twice", "", 409, changed(`["another-client"]`, `["a", "A"]`),
			"The System already exist: 319000003_demo2", step, "clientId has the same id twice", "",
		},
		{
			"no nn", "", 500, changed(`"nn": "Demo", `, ""), ofDatabase, step, "name has no nn", "K745",
		},
		{
			"long id", "", 500, changed(`_demo2"`, "_"+strings.Repeat("x", 250)+`"`),
			"value too long for type character varying(255)", step, "the most is 255", "K746",
		},
		{
			"broken JSON", "", 400, sent("POST", systemPath, `{"id": `),
			badForm(`{"$":["The body is not well-formed JSON. Path: $"],"registerNewSystem":["The ` +
				`registerNewSystem ` +
				`field is required."]}`), step, "is no well-formed JSON", "",
		},
		{
			"no body", "", 400, sent("POST", systemPath, "", "Content-Type", "application/json"),
			badForm(`{"":["A non-empty request body is required."],"registerNewSystem":["The registerNewSystem ` +
				`field ` +
				`is required."]}`), step, "there is no body", "",
		},
		{
			"members missing", "", 400, sent("POST", systemPath, `{"name": {}, "description": {}}`),
			badForm(`{"Id":["The Id field is required."],"Vendor":["The Vendor field is required."]}`), step,
			"id and vendor are missing", "",
		},
		{
			"a number for the id", "", 400, changed(`"id": "319000003_demo2"`, `"id": 1`),
			badForm(`{"$.id":["The JSON value could not be converted to string. Path: ` +
				`$.id"],"registerNewSystem":["The ` +
				`registerNewSystem field is required."]}`), step, "at $.id: number, which must be string", "",
		},
		{
			"GET of an unknown one", "", 404, sent("GET", noSystem, ""), plainBody(404), "altinn-system",
			`no system has the id "319000003_none"`, "",
		},
		{"GET of another's", "", 403, byAnother(sent("GET", ownSystem, "")), "", "altinn-system", toAnother, ""},
		{
			"DELETE of an unknown one", "", 400, sent("DELETE", noSystem, ""),
			badForm(`{"return":["System not found"]}`),
			"altinn-system-delete", "no system has the id", "",
		},
		{
			"DELETE of another's", "", 403, byAnother(sent("DELETE", ownSystem, "")), "", "altinn-system-delete",
			toAnother, "",
		},
		{
			"change log of an unknown one", "", 404, sent("GET", noSystem+"/changelog", ""),
			"System with ID 319000003_none not found.", "altinn-system-changelog", "no system has the id", "",
		},
		{
			"change log of another's", "", 403, byAnother(sent("GET", ownSystem+"/changelog", "")), "",
			"altinn-system-changelog", toAnother, "",
		},
	}
}

// replaceCauses returns the refusals of PUT of a system, of its rights and of its packages.
func replaceCauses() []cause {
	const step, rights, packages = "altinn-system-replace", "altinn-system-rights", "altinn-system-packages"
	const unknown = "System with ID '319000003_none' not found."
	return []cause{
		{
			"PUT VLD-00000", "AUTH.VLD-00000", 400, replaced(`"0192:`, `"9908:`), "", step, "must be 0192:", "",
		},
		{
			"PUT VLD-00004", "AUTH.VLD-00004", 400, func(s site) reply {
				s.altinn(200, "POST", systemPath, otherSystem)
				return replaced(testkit.SystemClient, "Another-Client")(s)
			}, "", step, "is on the system " + testkit.System + "2", "",
		},
		{
			"PUT VLD-00011", "AUTH.VLD-00011", 400, replaced(`"clientId": [`, `"clientId": ["a", "A", `), "", step,
			"a client id stands there twice", "",
		},
		{
			"PUT VLD-00012", "AUTH.VLD-00012", 400, replaced(`"id": "319000003_demo"`, `"id": "319000003_other"`), "",
			step, `id in the body is "319000003_other", in the address "319000003_demo"`, "",
		},
		{
			"PUT VLD-00009", "AUTH.VLD-00009", 400, replaced("urn:altinn:resource", "resource"),
			`"Invalid Resource Id Details : ":"resource"`, step, "is urn:altinn:resource", "",
		},
		{
			"PUT VLD-00007", "AUTH.VLD-00007", 400, replaced(`"accessPackages": [`,
				`"accessPackages": [`+anyPackage+`, `),
			"", step, "twice", "",
		},
		{
			"PUT of an unknown one", "", 404, sent("PUT", noSystem, testkit.SystemBody), unknown, step,
			`no system of 319000003 has the id "319000003_none"`, "",
		},
		{
			"PUT with another vendor", "", 404, replaced(`"0192:319000003"`, `"0192:`+another+`"`),
			"System with ID '319000003_demo' not found.", step, "no system of " + another, "",
		},
		{"PUT of another's", "", 403, byAnother(replaced("x", "x")), "", step, toAnother, ""},
		{
			"PUT of a deleted one", "", 400, deleted(replaced("x", "x")), deletedText, step, "the system is deleted",
			"",
		},
		{
			"PUT without en", "", 500, replaced(`, "en": "Reports"`, ""), `value for domain business_application.` +
				`translated_text violates check constraint "translated_text_check"`, step, "description has no en",
			"K745",
		},
		{
			"PUT of rights VLD-00003", "AUTH.VLD-00003", 400,
			sent("PUT", ownSystem+"/rights", `[{"resource": [{"id": "urn:altinn:resource", "value": "skatt"}]}]`),
			`"ResourceIds Not Found : ":"skatt"`, rights, "no API has the resource: skatt", "K744",
		},
		{
			"PUT of rights VLD-00006", "AUTH.VLD-00006", 400,
			sent("PUT", ownSystem+"/rights", `[`+rightToBSU+`, `+rightToBSU+`]`), "", rights, "twice", "",
		},
		{
			"PUT of no list of rights", "", 400, sent("PUT", ownSystem+"/rights", `{}`),
			badForm(`{"$":["The JSON value could not be converted to array. Path: $"],"rights":["The rights field ` +
				`is ` +
				`required."]}`), rights, "at $: object, which must be array", "",
		},
		{
			"PUT of rights of an unknown one", "", 404, sent("PUT", noSystem+"/rights", `[]`), unknown, rights,
			"no system has the id", "K742",
		},
		{
			"PUT of rights of another's", "", 403, byAnother(sent("PUT", ownSystem+"/rights", `[]`)), "", rights,
			toAnother, "",
		},
		{
			"PUT of rights of a deleted one", "", 400, deleted(sent("PUT", ownSystem+"/rights", `[]`)), deletedText,
			rights,
			"the system is deleted", "",
		},
		{
			"PUT of packages VLD-00008", "AUTH.VLD-00008", 400, sent("PUT", ownSystem+"/accesspackages",
				`[{"urn": "skattegrunnlag"}]`), `"Invalid Urn Details : ":"Invalid format: skattegrunnlag"`, packages,
			"Invalid format", "",
		},
		{
			"PUT of packages VLD-00018", "AUTH.VLD-00018", 400, func(s site) reply {
				s.altinn(200, "POST", systemPath, s.with(s.with(otherSystem, `"isVisible": false`,
					`"isVisible": true`),
					`{"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}`,
					`{"urn": "urn:altinn:accesspackage:merverdiavgift"}`))
				return s.send("PUT", ownSystem+"2/accesspackages", `[`+otherPackage+`]`)
			}, "", packages, "isVisible", "",
		},
		{
			"PUT of packages of another's", "", 403, byAnother(sent("PUT", ownSystem+"/accesspackages", `[]`)), "",
			packages, toAnother, "",
		},
	}
}

package testkit

// Bodies of calls to Kobo and to its case worker's side.
const (
	Bolig = `{"adresse":{"gatenavn":"Prøvegata","husnummer":12,"husbokstav":"B","postnummer":"0155",` +
		`"poststed":"OSLO"},"boligtype":"ORDINAR_BOLIG","status":"KLAR_FOR_INNFLYTTING",` +
		`"leverandorBoligId":"FDV-1","antallSoverom":2,"bruksareal":55.5,"bruksenhetsnummer":"H0201","eier":{"boligeiersNavn":"Prøve kommune","boligeiersOrganisasjonsnummer":"313367002"},` +
		`"egenskaper":["BOD_INKLUDERT"],"leiekostnad":{"manedsleie":9500}}`
	NySak = `{"husstand":{"antallBarn":1,"beboere":[{"adresse":{"gatenavn":"Prøvegata","husnummer":3,"postnummer":"0155"},` +
		`"personidentifikator":"01810112345","fornavn":"Prøve","etternavn":"Person"}]}}`
)

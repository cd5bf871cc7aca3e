package tenor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// The types below are what public clients of Tenor decode its answers into, with the members that
// an extract from Tenor has (K550). Types are strict, and a member that is not here is an error.

type tenorAnswer[T any] struct {
	Treff         int      `json:"treff"`
	Rader         int      `json:"rader"`
	Offset        int      `json:"offset"`
	NesteSide     *int     `json:"nesteSide"`
	Seed          int      `json:"seed"` // a client that takes null for no number fails
	DokumentListe []T      `json:"dokumentListe"`
	Fasetter      struct{} `json:"fasetter"`
	Skannet       int      `json:"skannet"`     // ours
	Fullstendig   bool     `json:"fullstendig"` // ours
}

type tenorMetadata struct {
	ID              string    `json:"id"`
	Kilder          *[]string `json:"kilder"` // null within relations
	Kildedata       string    `json:"kildedata"`
	KildeMime       string    `json:"kildeMime"`
	TestdataVersjon int32     `json:"testdataVersjon"`
	DatasettVersjon int32     `json:"datasettVersjon"`
	Indeksert       string    `json:"indeksert"`
	Oppdatert       time.Time `json:"oppdatert"`
	Opprettet       time.Time `json:"opprettet"`
}

type kode struct {
	Kode        string `json:"kode"`
	Beskrivelse string `json:"beskrivelse"`
}

type adresse struct {
	Land          string   `json:"land"`
	Landkode      string   `json:"landkode"`
	Postnummer    string   `json:"postnummer"`
	Poststed      string   `json:"poststed"`
	Adresse       []string `json:"adresse"`
	Kommune       string   `json:"kommune"`
	Kommunenummer string   `json:"kommunenummer"`
}

type brregKildedata struct {
	Organisasjonsnummer string   `json:"organisasjonsnummer"`
	Navn                string   `json:"navn"`
	OppdeltNavn         []string `json:"oppdeltNavn"`
	Organisasjonsform   kode     `json:"organisasjonsform"`
	Forretningsadresse  adresse  `json:"forretningsadresse"`
	Postadresse         adresse  `json:"postadresse"`
	Telefonnummer       string   `json:"telefonnummer"`
	Epost               string   `json:"e-post"`
	Naeringskoder       []struct {
		Kode             string `json:"kode"`
		Beskrivelse      string `json:"beskrivelse"`
		Hjelpeenhetskode bool   `json:"hjelpeenhetskode"`
		Rekkefolge       int    `json:"rekkefolge"`
		Nivaa            int    `json:"nivaa"`
	} `json:"naeringskoder"`
	InstitusjonellSektorkode                  kode     `json:"institusjonellSektorkode"`
	RegistreringsdatoEnhetsregisteret         string   `json:"registreringsdatoEnhetsregisteret"`
	SlettetIEnhetsregisteret                  string   `json:"slettetIEnhetsregisteret"`
	RegistrertIForetaksregisteret             string   `json:"registrertIForetaksregisteret"`
	RegistreringsdatoForetaksregisteret       string   `json:"registreringsdatoForetaksregisteret"`
	SlettetIForetaksregisteret                string   `json:"slettetIForetaksregisteret"`
	RegistreringspliktigForetaksregisteret    string   `json:"registreringspliktigForetaksregisteret"`
	RegistrertIFrivillighetsregisteret        string   `json:"registrertIFrivillighetsregisteret"`
	RegistrertIStiftelsesregisteret           string   `json:"registrertIStiftelsesregisteret"`
	RegistrertIMvaregisteret                  string   `json:"registrertIMvaregisteret"`
	Stiftelsesdato                            string   `json:"stiftelsesdato"`
	AktivitetBransje                          []string `json:"aktivitetBransje"`
	VedtektsfestetFormaal                     []string `json:"vedtektsfestetFormaal"`
	Konkurs                                   string   `json:"konkurs"`
	UnderAvvikling                            string   `json:"underAvvikling"`
	UnderTvangsavviklingEllerTvangsopplosning string   `json:"underTvangsavviklingEllerTvangsopplosning"`
	Maalform                                  string   `json:"maalform"`
	Ansvarsbegrensning                        string   `json:"ansvarsbegrensning"`
	HarAnsatte                                string   `json:"harAnsatte"`
	KommuneEnhet                              string   `json:"kommuneEnhet"`
	Organisasjonsledd                         []string `json:"organisasjonsledd"`
	AntallAnsatte                             int      `json:"antallAnsatte"`
	Underenhet                                struct {
		Hovedenhet    string `json:"hovedenhet"`
		Oppstartsdato string `json:"oppstartsdato"`
	} `json:"underenhet"`
	Bedriftsforsamling      string `json:"bedriftsforsamling"`
	Representantskap        string `json:"representantskap"`
	Enhetstatuser           []kode `json:"enhetstatuser"`
	Fullmakter              []any  `json:"fullmakter"`
	FrivilligMvaRegistrert  []kode `json:"frivilligMvaRegistrert"`
	FinansielleInstrumenter []any  `json:"finansielleInstrumenter"`
	Kapital                 struct {
		Type                  string   `json:"type"`
		Belop                 string   `json:"belop"`
		AntallAksjer          string   `json:"antallAksjer"`
		PaalydendeBelop       string   `json:"paalydendeBelop"`
		InnbetaltBelop        string   `json:"innbetaltBelop"`
		Fritekst              []string `json:"fritekst"`
		FulltInnbetaltBelop   string   `json:"fulltInnbetaltBelop"`
		SakkyndigRedegjorelse string   `json:"sakkyndigRedegjorelse"`
		Valutakode            string   `json:"valutakode"`
	} `json:"kapital"`
	Kjonnsrepresentasjon string `json:"kjonnsrepresentasjon"`
	Matrikkelnummer      []any  `json:"matrikkelnummer"`
	Paategninger         []any  `json:"paategninger"`
	FravalgAvRevisjon    struct {
		Fravalg string `json:"fravalg"`
	} `json:"fravalgAvRevisjon"`
	NorskregistrertUtenlandskForetak struct {
		HelNorskEierskap string `json:"helNorskEierskap"`
		AktivitetINorge  string `json:"aktivitetINorge"`
	} `json:"norskregistrertUtenlandskForetak"`
	LovgivningOgForetaksformIHjemlandet struct {
		Foretaksform string `json:"foretaksform"`
	} `json:"lovgivningOgForetaksformIHjemlandet"`
	RegisterIHjemlandet struct {
		NavnRegister []string `json:"navnRegister"`
		Adresse      []string `json:"adresse"`
	} `json:"registerIHjemlandet"`
	Fusjoner     []any `json:"fusjoner"`
	Fisjoner     []any `json:"fisjoner"`
	Rollegrupper []struct {
		Type     kode `json:"type"`
		Fritekst []struct {
			Plassering string `json:"plassering"`
		} `json:"fritekst"`
		Roller []struct {
			Type   kode `json:"type"`
			Person *struct {
				Foedselsnummer string `json:"foedselsnummer"`
			} `json:"person"`
			Virksomhet *struct {
				Organisasjonsnummer string `json:"organisasjonsnummer"`
			} `json:"virksomhet"`
			ValgtAv    *kode    `json:"valgtAv"`
			Fratraadt  string   `json:"fratraadt"`
			Fritekst   []string `json:"fritekst"`
			Rekkefolge int      `json:"rekkefolge"`
		} `json:"roller"`
	} `json:"rollegrupper"`
}

type brregDokument struct {
	Organisasjonsnummer                 string   `json:"organisasjonsnummer"`
	Navn                                string   `json:"navn"`
	Organisasjonsform                   kode     `json:"organisasjonsform"`
	Forretningsadresse                  adresse  `json:"forretningsadresse"`
	Postadresse                         adresse  `json:"postadresse"`
	HarUtenlandskForretningsadresse     bool     `json:"harUtenlandskForretningsadresse"`
	HarUtenlandskPostadresse            bool     `json:"harUtenlandskPostadresse"`
	Telefonnummer                       string   `json:"telefonnummer"`
	NaeringKode                         []string `json:"naeringKode"`
	NaeringBeskrivelse                  []string `json:"naeringBeskrivelse"`
	RegistreringsdatoEnhetsregisteret   string   `json:"registreringsdatoEnhetsregisteret"`
	RegistreringsdatoForetaksregisteret string   `json:"registreringsdatoForetaksregisteret"`
	Stiftelsesdato                      string   `json:"stiftelsesdato"`
	SlettetIEnhetsregisteret            bool     `json:"slettetIEnhetsregisteret"`
	RegistrertIForetaksregisteret       bool     `json:"registrertIForetaksregisteret"`
	RegistrertIMvaregisteret            bool     `json:"registrertIMvaregisteret"`
	RegistrertIFrivillighetsregisteret  bool     `json:"registrertIFrivillighetsregisteret"`
	EnhetStatuser                       []kode   `json:"enhetStatuser"`
	FravalgAvRevisjon                   struct {
		Fravalg bool `json:"fravalg"`
	} `json:"fravalgAvRevisjon"`
	Maalform           string   `json:"maalform"`
	AntallAnsatte      int      `json:"antallAnsatte"`
	AntallUnderenheter int      `json:"antallUnderenheter"`
	HarUnderenheter    []string `json:"harUnderenheter"`
	ErUnderenhet       struct {
		Hovedenhet string `json:"hovedenhet"`
	} `json:"erUnderenhet"`
	Organisasjonsledd []string `json:"organisasjonsledd"`
	Kapital           struct {
		Type         string `json:"type"`
		AntallAksjer int    `json:"antallAksjer"`
		Belop        int    `json:"belop"`
	} `json:"kapital"`
	Nrfus                       []string `json:"nrfus"`
	DagligLederFnr              []string `json:"dagligLederFnr"`
	StyrelederFnr               string   `json:"styrelederFnr"`
	StyremedlemmerFnr           []string `json:"styremedlemmerFnr"`
	VaramedlemmerFnr            []string `json:"varamedlemmerFnr"`
	KontaktpersonFnr            string   `json:"kontaktpersonFnr"`
	KomplementarerFnr           []string `json:"komplementarerFnr"`
	KomplementarerOrgnr         []string `json:"komplementarerOrgnr"`
	KomplementarerIdenter       []string `json:"komplementarerIdenter"`
	SameiereFnr                 []string `json:"sameiereFnr"`
	SameiereOrgnr               []string `json:"sameiereOrgnr"`
	SameiereIdenter             []string `json:"sameiereIdenter"`
	DeltakereDeltAnsvarFnr      []string `json:"deltakereDeltAnsvarFnr"`
	DeltakereDeltAnsvarOrgnr    []string `json:"deltakereDeltAnsvarOrgnr"`
	DeltakereDeltAnsvarIdenter  []string `json:"deltakereDeltAnsvarIdenter"`
	DeltakereFulltAnsvarFnr     []string `json:"deltakereFulltAnsvarFnr"`
	DeltakereFulltAnsvarOrgnr   []string `json:"deltakereFulltAnsvarOrgnr"`
	DeltakereFulltAnsvarIdenter []string `json:"deltakereFulltAnsvarIdenter"`
	NorskeRepresentanterFnr     []string `json:"norskeRepresentanterFnr"`
	NorskeRepresentanterOrgnr   []string `json:"norskeRepresentanterOrgnr"`
	NorskeRepresentanterIdenter []string `json:"norskeRepresentanterIdenter"`
	RegnskapsfoerereFnr         []string `json:"regnskapsfoerereFnr"`
	RegnskapsfoerereOrgnr       []string `json:"regnskapsfoerereOrgnr"`
	RegnskapsfoerereIdenter     []string `json:"regnskapsfoerereIdenter"`
	RevisorerFnr                []string `json:"revisorerFnr"`
	RevisorerOrgnr              []string `json:"revisorerOrgnr"`
	RevisorerIdenter            []string `json:"revisorerIdenter"`
	ForretningsfoerereFnr       []string `json:"forretningsfoerereFnr"`
	ForretningsfoerereOrgnr     []string `json:"forretningsfoerereOrgnr"`
	ForretningsfoerereIdenter   []string `json:"forretningsfoerereIdenter"`

	TenorMetadata      tenorMetadata    `json:"tenorMetadata"`
	TenorRelasjoner    *tenorRelasjoner `json:"tenorRelasjoner"`
	TenorRelasjonsnavn string           `json:"tenorRelasjonsnavn"`
}

type tenorRelasjoner struct {
	Freg           []fregDokument  `json:"freg"`
	BrregErFr      []brregDokument `json:"brreg-er-fr"`
	Arbeidsforhold []struct {
		Arbeidsgiver       string `json:"arbeidsgiver"`
		StartDato          string `json:"startDato"`
		Stillingsprosent   int    `json:"stillingsprosent"`
		TenorRelasjonsnavn string `json:"tenorRelasjonsnavn"`
	} `json:"arbeidsforhold"`
}

type fregDokument struct {
	ID                                              string   `json:"id"`
	Identifikator                                   []string `json:"identifikator"`
	IdentifikatorType                               []string `json:"identifikatorType"`
	Kjoenn                                          string   `json:"kjoenn"`
	Foedselsdato                                    string   `json:"foedselsdato"`
	Doedsdato                                       string   `json:"doedsdato"`
	Foedeland                                       string   `json:"foedeland"`
	Personstatus                                    string   `json:"personstatus"`
	Sivilstand                                      string   `json:"sivilstand"`
	Fornavn                                         string   `json:"fornavn"`
	Etternavn                                       string   `json:"etternavn"`
	Visningnavn                                     string   `json:"visningnavn"`
	NavnLengde                                      int      `json:"navnLengde"`
	FlereFornavn                                    *bool    `json:"flereFornavn"`
	NavnSpesialtegn                                 *bool    `json:"navnSpesialtegn"`
	HarNavnHistorikk                                *bool    `json:"harNavnHistorikk"`
	Kommunenr                                       string   `json:"kommunenr"`
	Bostedsadresse                                  string   `json:"bostedsadresse"`
	BostedsadresseType                              string   `json:"bostedsadresseType"`
	AdresseGradering                                []string `json:"adresseGradering"`
	AdresseSpesialtegn                              *bool    `json:"adresseSpesialtegn"`
	UkjentBosted                                    *bool    `json:"ukjentBosted"`
	HarPostboks                                     *bool    `json:"harPostboks"`
	HarPostadressePostboks                          *bool    `json:"harPostadressePostboks"`
	HarPostadresseVegadresse                        *bool    `json:"harPostadresseVegadresse"`
	HarPostadresseIFrittFormat                      *bool    `json:"harPostadresseIFrittFormat"`
	HarUtenlandskAdresseIFrittFormat                *bool    `json:"harUtenlandskAdresseIFrittFormat"`
	HarUtenlandskPostadressePostboks                *bool    `json:"harUtenlandskPostadressePostboks"`
	HarUtenlandskPostadresseVegadresse              *bool    `json:"harUtenlandskPostadresseVegadresse"`
	HarBostedsadresseHistorikk                      *bool    `json:"harBostedsadresseHistorikk"`
	HarInnflytting                                  *bool    `json:"harInnflytting"`
	HarUtflytting                                   *bool    `json:"harUtflytting"`
	HarOpphold                                      *bool    `json:"harOpphold"`
	PartnerFnr                                      string   `json:"partnerFnr"`
	HarSivilstandHistorikk                          *bool    `json:"harSivilstandHistorikk"`
	MorFnr                                          []string `json:"morFnr"`
	FarFnr                                          []string `json:"farFnr"`
	BarnFnr                                         []string `json:"barnFnr"`
	AntallBarn                                      *int     `json:"antallBarn"`
	BorMedMor                                       *bool    `json:"borMedMor"`
	BorMedFar                                       *bool    `json:"borMedFar"`
	BorMedMedmor                                    *bool    `json:"borMedMedmor"`
	ForeldreHarSammeAdresse                         *bool    `json:"foreldreHarSammeAdresse"`
	MinRolleForPerson                               []string `json:"minRolleForPerson"`
	RelatertPersonsRolle                            []string `json:"relatertPersonsRolle"`
	HarForeldreMedSammeKjoenn                       *bool    `json:"harForeldreMedSammeKjoenn"`
	HarDoedfoedtBarn                                *bool    `json:"harDoedfoedtBarn"`
	HarRelatertPersonUtenFolkeregisteridentifikator *bool    `json:"harRelatertPersonUtenFolkeregisteridentifikator"`
	HarRettsligHandleevne                           *bool    `json:"harRettsligHandleevne"`
	Statsborgerskap                                 []string `json:"statsborgerskap"`
	NorskStatsborgerskap                            *bool    `json:"norskStatsborgerskap"`
	FlereStatsborgerskap                            *bool    `json:"flereStatsborgerskap"`
	NordenStatsborgerskap                           *bool    `json:"nordenStatsborgerskap"`
	EuEoesStatsborgerskap                           *bool    `json:"euEoesStatsborgerskap"`
	TredjelandStatsborgerskap                       *bool    `json:"tredjelandStatsborgerskap"`
	UtgaattStatsborgerskap                          *bool    `json:"utgaattStatsborgerskap"`
	HarStatsborgerskapHistorikk                     *bool    `json:"harStatsborgerskapHistorikk"`
	FalskIdentitet                                  *bool    `json:"falskIdentitet"`
	Legitimasjonsdokument                           []any    `json:"legitimasjonsdokument"`
	UtenlandskPersonidentifikasjon                  []any    `json:"utenlandskPersonidentifikasjon"`
	Hendelser                                       []string `json:"hendelser"`
	HendelserMedSekvens                             []any    `json:"hendelserMedSekvens"`
	HarAvvikFdato                                   *bool    `json:"harAvvikFdato"`

	TenorMetadata      tenorMetadata    `json:"tenorMetadata"`
	TenorRelasjoner    *tenorRelasjoner `json:"tenorRelasjoner"`
	TenorRelasjonsnavn string           `json:"tenorRelasjonsnavn"`
}

// gjeldende holds the members that every entry of a person's record begins with.
type gjeldende struct {
	Ajourholdstidspunkt time.Time  `json:"ajourholdstidspunkt"`
	ErGjeldende         bool       `json:"erGjeldende"`
	Kilde               string     `json:"kilde"`
	Gyldighetstidspunkt *time.Time `json:"gyldighetstidspunkt"`
}

type fregKildedata struct {
	Identifikasjonsnummer []struct {
		gjeldende
		Status               string `json:"status"`
		FoedselsEllerDNummer string `json:"foedselsEllerDNummer"`
		Identifikatortype    string `json:"identifikatortype"`
	} `json:"identifikasjonsnummer"`
	Status []struct {
		gjeldende
		Status string `json:"status"`
	} `json:"status"`
	Kjoenn []struct {
		gjeldende
		Kjoenn string `json:"kjoenn"`
	} `json:"kjoenn"`
	Foedsel []struct {
		gjeldende
		Foedselsdato string `json:"foedselsdato"`
		Foedselsaar  string `json:"foedselsaar"`
		Foedeland    string `json:"foedeland"`
	} `json:"foedsel"`
	Doedsfall *struct {
		gjeldende
		Doedsdato string `json:"doedsdato"`
	} `json:"doedsfall"`
	Familierelasjon []struct {
		gjeldende
		RelatertPerson       string `json:"relatertPerson"`
		RelatertPersonsRolle string `json:"relatertPersonsRolle"`
		MinRolleForPerson    string `json:"minRolleForPerson"`
	} `json:"familierelasjon"`
	Sivilstand []struct {
		gjeldende
		Sivilstand            string `json:"sivilstand"`
		RelatertVedSivilstand string `json:"relatertVedSivilstand"`
	} `json:"sivilstand"`
	Navn []struct {
		gjeldende
		Fornavn    string `json:"fornavn"`
		Mellomnavn string `json:"mellomnavn"`
		Etternavn  string `json:"etternavn"`
	} `json:"navn"`
	Bostedsadresse []struct {
		gjeldende
		Vegadresse struct {
			Kommunenummer     string `json:"kommunenummer"`
			Bruksenhetsnummer string `json:"bruksenhetsnummer"`
			Bruksenhetstype   string `json:"bruksenhetstype"`
			Adressenavn       string `json:"adressenavn"`
			Adressenummer     struct {
				Husnummer  string `json:"husnummer"`
				Husbokstav string `json:"husbokstav"`
			} `json:"adressenummer"`
			Poststed struct {
				Poststedsnavn string `json:"poststedsnavn"`
				Postnummer    string `json:"postnummer"`
			} `json:"poststed"`
		} `json:"vegadresse"`
		Adressegradering string `json:"adressegradering"`
	} `json:"bostedsadresse"`
	Statsborgerskap []struct {
		gjeldende
		Statsborgerskap string `json:"statsborgerskap"`
		Ervervsdato     string `json:"ervervsdato"`
	} `json:"statsborgerskap"`
}

// decoded returns a JSON text as a client's type; a member that the type does not have fails the
// test.
func decoded[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v: %.4000s", err, text)
	}
	return v
}

// TestTenorOrganisations decodes the documents and source records of organisations of every form,
// as public clients do, and holds them against the population.
func TestTenorOrganisations(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 64 * 17 * 4}
	r := must(SearchOrganisasjoner(t.Context(), p, query(t, map[string][]string{"vis": {"*"}, "antall": {"200"}})))
	answer := decoded[tenorAnswer[brregDokument]](t, must(json.Marshal(r)))
	forms, statuses, groups := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for j, d := range answer.DokumentListe {
		o := must(p.Organisation(j))
		k := decoded[brregKildedata](t, []byte(d.TenorMetadata.Kildedata))
		if d.TenorMetadata.ID != o.Organisasjonsnummer || k.Organisasjonsnummer != o.Organisasjonsnummer ||
			k.Navn != d.Navn || k.Navn != o.Navn ||
			k.Organisasjonsform != d.Organisasjonsform || k.AntallAnsatte != d.AntallAnsatte ||
			(k.HarAnsatte == "J") != (d.AntallAnsatte > 0) {
			t.Errorf("organisation %d: %+v is shown as %+v", j, d, k)
		}
		for _, flags := range [][2]any{
			{k.SlettetIEnhetsregisteret, d.SlettetIEnhetsregisteret},
			{k.RegistrertIForetaksregisteret, d.RegistrertIForetaksregisteret},
			{k.RegistrertIMvaregisteret, d.RegistrertIMvaregisteret},
			{k.RegistrertIFrivillighetsregisteret, d.RegistrertIFrivillighetsregisteret},
			{k.FravalgAvRevisjon.Fravalg, d.FravalgAvRevisjon.Fravalg},
		} {
			if flags[0] != flag(flags[1] == true) {
				t.Errorf("%s: the record says %v where the document says %v", o.Navn, flags[0], flags[1])
			}
		}
		if last := k.Naeringskoder[len(k.Naeringskoder)-1]; len(k.Naeringskoder) != 4 || last.Nivaa != 4 ||
			last.Kode != d.NaeringKode[0] {
			t.Errorf("%s: naeringskoder are %+v", o.Navn, k.Naeringskoder)
		}
		var persons, organisations []string
		for _, group := range k.Rollegrupper {
			groups[group.Type.Kode] = true
			for _, role := range group.Roller {
				if group.Fritekst == nil || role.Person == nil || role.Virksomhet == nil || role.ValgtAv == nil ||
					role.Fritekst == nil ||
					role.Fratraadt != "N" || role.Type.Beskrivelse == "" || group.Type.Beskrivelse == "" ||
					(role.Person.Foedselsnummer == "") == (role.Virksomhet.Organisasjonsnummer == "") {
					t.Errorf("%s: the group %+v", o.Navn, group)
				}
				persons = append(persons, role.Type.Kode+role.Person.Foedselsnummer)
				organisations = append(organisations, role.Virksomhet.Organisasjonsnummer)
			}
		}
		for _, role := range o.Roller {
			if role.Person != population.None && !slices.Contains(persons, string(role.Type)+
				must(p.Person(role.Person)).Foedselsnummer) ||
				role.Person == population.None && !slices.Contains(organisations,
					must(p.Organisation(role.Foretak)).Organisasjonsnummer) {
				t.Errorf("%s has the role %+v, the record %v and %v", o.Navn, role, persons, organisations)
			}
		}
		if len(persons) != len(o.Roller) || (d.StyrelederFnr != "") != slices.Contains(persons, "LEDE"+
			d.StyrelederFnr) {
			t.Errorf("%s: roles %v, %d of them", o.Navn, persons, len(o.Roller))
		}
		if (k.Konkurs == "J") != (o.Enhetsstatus == population.Konkurs) ||
			(k.UnderAvvikling == "J") != (o.Enhetsstatus == population.Opploest) ||
			!slices.Equal(k.Enhetstatuser, d.EnhetStatuser) || (len(k.Enhetstatuser) > 0) != (o.Enhetsstatus != "") {
			t.Errorf("%s has the status %q: %s %s %v", o.Navn, o.Enhetsstatus, k.Konkurs, k.UnderAvvikling,
				k.Enhetstatuser)
		}
		for _, empty := range [][]string{
			d.HarUnderenheter, d.Organisasjonsledd, d.VaramedlemmerFnr,
			d.Postadresse.Adresse, k.Postadresse.Adresse, k.Kapital.Fritekst,
		} {
			if empty == nil {
				t.Errorf("%s: a list of which there is nothing is left out", o.Navn)
			}
		}
		forms[o.Organisasjonsform], statuses[k.Konkurs+k.UnderAvvikling] = true, true
	}
	for form := range forms {
		if formNames[form] == "" {
			t.Errorf("the form %q has no name", form)
		}
	}
	if len(forms) != len(formNames) || len(groups) != 7 {
		t.Errorf("there are the forms %v and role groups %v", forms, groups)
	}
	large := population.Population{Seed: 1, Size: 1_000_000}
	for kql, want := range map[string]func(population.Organisation) bool{
		"enhetStatuser.kode:KONK": func(o population.Organisation) bool { return o.Enhetsstatus == population.Konkurs },
		"konkurs:J":               func(o population.Organisation) bool { return o.Enhetsstatus == population.Konkurs },
		"underAvvikling:J": func(o population.Organisation) bool {
			return o.Enhetsstatus == population.Opploest
		},
	} {
		r := must(SearchOrganisasjoner(t.Context(), large, query(t,
			map[string][]string{"kql": {kql}, "vis": {"organisasjonsnummer"}})))
		for _, number := range numbersOf(r, "organisasjonsnummer") {
			j, _ := large.FindOrganisation(number)
			if !want(must(large.Organisation(j))) {
				t.Errorf("%s finds %s", kql, number)
			}
		}
		if r.Rader == 0 {
			t.Errorf("nobody is %s", kql)
		}
	}
}

// TestTenorUnits does the same for underenheter: each is found by its number and by its head, which
// names it too, in populations of any size.
func TestTenorUnits(t *testing.T) {
	t.Parallel()
	for _, size := range []int{17 * 70, 1_000_000, population.Capacity} {
		p := population.Population{Seed: 1, Size: size}
		r := must(SearchOrganisasjoner(t.Context(), p, query(t,
			map[string][]string{"kql": {"erUnderenhet.hovedenhet:*"}, "vis": {"*"}, "antall": {"65"}})))
		answer := decoded[tenorAnswer[brregDokument]](t, must(json.Marshal(r)))
		if answer.Rader != 65 {
			t.Fatalf("of %d persons: %d underenheter", size, answer.Rader)
		}
		for _, d := range answer.DokumentListe {
			k := decoded[brregKildedata](t, []byte(d.TenorMetadata.Kildedata))
			j, ok := p.FindUnderenhet(d.Organisasjonsnummer)
			head := must(p.Organisation(j))
			if !ok || head.Underenhet != d.Organisasjonsnummer ||
				d.ErUnderenhet.Hovedenhet != head.Organisasjonsnummer || d.Navn != head.Navn ||
				d.Organisasjonsform.Kode != unitForm(head.Organisasjonsform) ||
				d.Organisasjonsform != k.Organisasjonsform || d.AntallAnsatte != head.AntallAnsatte ||
				k.Underenhet.Hovedenhet != head.Organisasjonsnummer || k.Underenhet.Oppstartsdato == "" ||
				k.Organisasjonsnummer != d.Organisasjonsnummer ||
				len(k.Rollegrupper) != 1 ||
				k.Rollegrupper[0].Roller[0].Virksomhet.Organisasjonsnummer != head.Organisasjonsnummer ||
				d.RegistrertIForetaksregisteret || d.RegistrertIMvaregisteret || d.StyrelederFnr != "" ||
				d.AntallUnderenheter != 0 || len(d.EnhetStatuser) != 0 {
				t.Errorf("the underenhet of %+v is %+v, its record %+v", head, d, k)
			}
			if _, also := p.FindOrganisation(d.Organisasjonsnummer); also {
				t.Errorf("%s is an organisation and an underenhet", d.Organisasjonsnummer)
			}
			if related := d.TenorRelasjoner.BrregErFr; len(related) != 1 ||
				related[0].TenorRelasjonsnavn != "erUnderenhet.hovedenhet" ||
				!slices.Equal(related[0].HarUnderenheter, []string{d.Organisasjonsnummer}) ||
				related[0].AntallUnderenheter != 1 {
				t.Errorf("%s has the relations %+v", d.Organisasjonsnummer, related)
			}
			for _, kql := range []string{"organisasjonsnummer:" + d.Organisasjonsnummer, "tenorMetadata.id:" +
				d.Organisasjonsnummer} {
				one := must(SearchOrganisasjoner(t.Context(), p, query(t, map[string][]string{"kql": {kql}})))
				if one.Treff != 1 || !one.Fullstendig ||
					numbersOf(one, "organisasjonsnummer")[0] != d.Organisasjonsnummer {
					t.Errorf("%s finds %+v", kql, one)
				}
			}
			if record, ok := KildedataOrganisasjon(p, d.Organisasjonsnummer); !ok ||
				string(record) != d.TenorMetadata.Kildedata {
				t.Errorf("%s: %t %s", d.Organisasjonsnummer, ok, record)
			}
		}
		all := must(SearchOrganisasjoner(t.Context(), p, query(t, map[string][]string{"antall": {"0"}})))
		if all.Treff != p.Organisations()+p.Underenheter() {
			t.Errorf("of %d persons: %d hits, %d organisations, %d underenheter", size, all.Treff, p.Organisations(),
				p.Underenheter())
		}
	}
	p := population.Population{Seed: 3, Size: 17 * 200}
	units := 0
	for j := range p.Organisations() {
		number := p.Underenhet(j)
		if got, ok := p.FindUnderenhet(number); number != "" && (!ok || got != j || p.UnderenhetOwner(units) != j) {
			t.Errorf("%s is the underenhet of %d, found as that of %d; underenhet %d is of %d", number, j, got, units,
				p.UnderenhetOwner(units))
		} else if ok {
			units++
		}
	}
	if units != p.Underenheter() {
		t.Errorf("%d underenheter, found as %d", units, p.Underenheter())
	}
	for _, none := range []string{"", "229000000", "310000000", "22", "210538062"} {
		if j, ok := p.FindUnderenhet(none); ok {
			t.Errorf("%q is the underenhet of %d", none, j)
		}
	}
}

// TestTenorPersons does the same for persons: residents, the dead, those with a D-nummer.
func TestTenorPersons(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 17 * 11}
	r := must(SearchPersoner(t.Context(), p, query(t, map[string][]string{"vis": {"*"}, "antall": {"200"}})))
	answer := decoded[tenorAnswer[fregDokument]](t, must(json.Marshal(r)))
	statuses := map[string]int{}
	for i, d := range answer.DokumentListe {
		person := must(p.Person(i))
		k := decoded[fregKildedata](t, []byte(d.TenorMetadata.Kildedata))
		statuses[d.Personstatus]++
		if d.ID != person.Foedselsnummer || k.Identifikasjonsnummer[0].FoedselsEllerDNummer != d.ID ||
			k.Identifikasjonsnummer[0].Identifikatortype != d.IdentifikatorType[0] ||
			k.Status[0].Status != d.Personstatus || k.Kjoenn[0].Kjoenn != d.Kjoenn ||
			k.Foedsel[0].Foedselsdato != d.Foedselsdato || k.Foedsel[0].Foedeland != d.Foedeland ||
			k.Navn[0].Fornavn != d.Fornavn || k.Sivilstand[0].Sivilstand != d.Sivilstand ||
			k.Sivilstand[0].RelatertVedSivilstand != d.PartnerFnr ||
			k.Statsborgerskap[0].Statsborgerskap != d.Statsborgerskap[0] || !k.Navn[0].ErGjeldende ||
			k.Navn[0].Ajourholdstidspunkt.IsZero() {
			t.Errorf("person %d: %+v is shown as %+v", i, d, k)
		}
		if (k.Doedsfall != nil) != (d.Doedsdato != "") || (len(k.Bostedsadresse) > 0) != (d.Bostedsadresse != "") ||
			d.Doedsdato == "" != (person.Doedsdato == ident.Date{}) {
			t.Errorf("person %d died %q and lives in %q: %+v", i, d.Doedsdato, d.Bostedsadresse, k)
		}
		for _, relation := range k.Familierelasjon {
			if want := map[string]string{
				"mann":   "far",
				"kvinne": "mor",
			}[d.Kjoenn]; relation.RelatertPersonsRolle == "barn" &&
				relation.MinRolleForPerson != want ||
				!slices.Contains(d.MinRolleForPerson, relation.MinRolleForPerson) ||
				!slices.Contains(d.RelatertPersonsRolle, relation.RelatertPersonsRolle) {
				t.Errorf("the %s %s has the relation %+v", d.Kjoenn, d.ID, relation)
			}
		}
		members := map[string]json.RawMessage{}
		if err := json.Unmarshal(must(json.Marshal(r.DokumentListe[i])), &members); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"morFnr", "farFnr", "barnFnr", "antallBarn", "borMedMor", "borMedFar",
			"borMedMedmor", "foreldreHarSammeAdresse", "adresseGradering",
			"legitimasjonsdokument", "utenlandskPersonidentifikasjon", "hendelser", "hendelserMedSekvens",
			"flereStatsborgerskap", "falskIdentitet", "harAvvikFdato",
		} {
			if value := string(members[name]); value == "" || value == "null" {
				t.Errorf("person %d has no %s", i, name)
			}
		}
	}
	if len(statuses) != 3 {
		t.Errorf("there are the statuses %v", statuses)
	}
}

// TestCitizenshipFields: the fields of Tenor's news of 5 September 2025 are in every document, can
// be searched and shown, and follow from the citizenship.
func TestCitizenshipFields(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 17 * 2_000}
	seen := map[string]bool{}
	for i := 0; i < p.Size; i += population.FamilySize - 1 {
		person := must(p.Person(i - i%population.FamilySize + i/population.FamilySize%2*(population.FamilySize-1)))
		seen[person.Statsborgerskap] = true
	}
	want := map[string][3]bool{
		"NOR": {true, true, false}, "SWE": {true, true, false}, "DNK": {true, true, false},
		"POL": {false, true, false},
		"LTU": {false, true, false}, "DEU": {false, true, false}, "ROU": {false, true, false},
		"ESP": {false, true, false},
		"GBR": {false, false, true}, "PHL": {false, false, true}, "UKR": {false, false, true},
	}
	if len(seen) != len(want) {
		t.Errorf("citizens of %v, but of %d countries are looked at", seen, len(want))
	}
	for i, name := range []string{"nordenStatsborgerskap", "euEoesStatsborgerskap", "tredjelandStatsborgerskap"} {
		for _, value := range []bool{true, false} {
			r := must(SearchPersoner(t.Context(), p,
				query(t, map[string][]string{
					"kql": {fmt.Sprintf("%s:%t and identifikatorType:dNummer", name, value)},
					"vis": {name + ",statsborgerskap"}, "antall": {"200"},
				})))
			if r.Rader != 200 {
				t.Errorf("%s:%t finds %d", name, value, r.Rader)
			}
			for _, o := range r.DokumentListe {
				d := decoded[fregDokument](t, must(json.Marshal(o)))
				shown := map[string]*bool{
					"nordenStatsborgerskap":     d.NordenStatsborgerskap,
					"euEoesStatsborgerskap":     d.EuEoesStatsborgerskap,
					"tredjelandStatsborgerskap": d.TredjelandStatsborgerskap,
				}[name]
				if shown == nil || *shown != value || want[d.Statsborgerskap[0]][i] != value {
					t.Errorf("%s:%t finds %+v", name, value, o)
				}
			}
		}
	}
	for _, name := range []string{"utgaattStatsborgerskap", "harStatsborgerskapHistorikk"} {
		if r := must(SearchPersoner(t.Context(), p, query(t, map[string][]string{
			name:     {"false"},
			"antall": {"0"},
		}))); r.Treff != p.Size || r.Rader != 0 || r.NesteSide != nil {
			t.Errorf("%s=false finds %+v", name, r)
		}
	}
}

// TestPublicClientsSearches makes searches that public clients of Tenor make: each is understood,
// and what the population has is found (K550).
func TestPublicClientsSearches(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 17 * 640}
	accountant, auditor, society := must(p.Organisation(int(population.Accountant))),
		must(p.Organisation(int(population.Auditor))), must(p.Organisation(int(population.Boligbyggelag)))
	for _, c := range []struct {
		persons bool
		kql     string
		none    bool // the population has nobody like that
	}{
		{kql: "organisasjonsform.kode:AS"},
		{kql: "revisorerOrgnr:*"},
		{kql: "regnskapsfoerereOrgnr:*"},
		{kql: "forretningsfoerereOrgnr:*"},
		{kql: "revisorerOrgnr:" + auditor.Organisasjonsnummer},
		{kql: "regnskapsfoerereOrgnr:" + accountant.Organisasjonsnummer},
		{kql: "forretningsfoerereOrgnr:" + society.Organisasjonsnummer},
		{kql: "revisorer:* AND organisasjonsform.kode:AS"},
		{kql: "regnskapsfoerere:*"},
		{kql: "forretningsfoerer:* AND organisasjonsform.kode:ESEK"},
		{kql: "dagligLeder:*"},
		{kql: "styremedlemmer:*"},
		{kql: "kontaktpersoner:*"},
		{kql: "norsk_representant:*", none: true},
		{kql: "harUnderenheter:*"},
		{kql: "erUnderenhet : * and naeringKode : 86* and antallAnsatte>= 5"},
		{kql: "naeringKode : 62* and antallAnsatte>= 5"},
		{kql: "naeringBeskrivelse:Revisjon"},
		{kql: "antallUnderenheter:0"},
		{kql: "erUnderenhet.hovedenhet:*"},
		{kql: "antallUnderenheter:1"},
		{kql: "organisasjonsform.kode:AAFY"},
		{kql: "tenorRelasjoner.brreg-er-fr:{tenorRelasjonsnavn:\"erUnderenhet.hovedenhet\" and dagligLederFnr:*}"},
		{
			kql: "registrertIMvaregisteret:true and registrertIForetaksregisteret:true and " +
				"registrertIFrivillighetsregisteret:false and slettetIEnhetsregisteret:false",
		},
		{
			kql: "harUtenlandskForretningsadresse:false and harUtenlandskPostadresse:false and " +
				"forretningsadresse.kommunenummer:0301",
		},
		{kql: "enhetStatuser.kode:OPPL"},
		{kql: "tenorMetadata.id:" + accountant.Organisasjonsnummer},
		{kql: `tenorRelasjoner.brreg-er-fr:{tenorRelasjonsnavn:"revisorerOrgnr"}`},
		{persons: true, kql: `norskStatsborgerskap:true and personstatus: "doed"`},
		{persons: true, kql: ` personstatus: "bosatt" and antallBarn:[1 to 3]`},
		{persons: true, kql: "personstatus:bosatt AND foedselsdato:[* to 2007-12-31]"},
		{persons: true, kql: "personstatus:bosatt and identifikatorType:foedselsnummer"},
		{persons: true, kql: "tenorRelasjoner.brreg-er-fr:{dagligLeder:*}"},
		{persons: true, kql: "tenorRelasjoner.freg:{tenorRelasjonsnavn:barn and foedselsdato:[2003 to 2005]}"},
		{persons: true, kql: "adresseGradering:ugradert and bostedsadresse:* and adresseSpesialtegn:true"},
		{persons: true, kql: "flereStatsborgerskap:true", none: true},
		{
			persons: true,
			kql: "mellomnavn:* or oppholdAnnetSted:* or postadresse:* or postadresseUtland:* or " +
				"kontaktinfoDoedsbo:* or foreldreansvar:* or deltBosted:*", none: true,
		},
		{
			persons: true,
			kql: "vergemaalType:* or legitimasjonsdokument:* or falskIdentitet:true or sisteHendelse:* or " +
				"hendelserMedSekvens.hendelse:*", none: true,
		},
		{
			persons: true,
			kql: "utenlandskPersonidentifikasjon:(utenlandskIdentifikasjonsnummer and socialSecurityNumber) or " +
				"identitetsgrunnlagStatus:kontrollert or adresseBeskyttelse:fortrolig", none: true,
		},
		{
			persons: true,
			kql: "bostedsadresseType:veiadresse and foedeland:NOR and harPostboks:false and borMedMedmor:false and " +
				"ukjentBosted:false",
		},
	} {
		search := SearchOrganisasjoner
		if c.persons {
			search = SearchPersoner
		}
		r, err := search(t.Context(), p, query(t, map[string][]string{"kql": {c.kql}, "vis": {"tenorMetadata"}}))
		if err != nil || (r.Treff == 0) != c.none {
			t.Errorf("%s: %d hits, %v", c.kql, r.Treff, err)
		}
	}
	for _, c := range []struct{ parameters, want string }{
		{"vis=tenorMetadata&antall=1", `"kildedata":"{\"organisasjonsnummer\":`},
		{"nokkelinformasjon=true&vis=id,visningnavn,navn,tenorMetadata.id&antall=1", `"organisasjonsnummer":"` +
			must(p.Organisation(0)).Organisasjonsnummer + `","navn":"`},
		{"vis=visningnavn,tenorMetadata,navn&skjul=*.kildedata&antall=1", `"kildeMime":"application/json"`},
		{"vis=*.kildedata&antall=1", `{"tenorRelasjoner":{"freg":[{"tenorMetadata":{"kildedata":"`},
		{"highlight=true&antall=0", `"rader":0,"offset":0,"nesteSide":null,"seed":0,"dokumentListe":[]`},
		{"seed=1234&antall=1", `"nesteSide":1,"seed":1234`},
	} {
		parameters := map[string][]string{}
		for pair := range strings.SplitSeq(c.parameters, "&") {
			name, text, _ := strings.Cut(pair, "=")
			parameters[name] = append(parameters[name], text)
		}
		if got := string(must(json.Marshal(must(SearchOrganisasjoner(t.Context(), p,
			query(t, parameters)))))); !strings.Contains(got, c.want) {
			t.Errorf("%s: want %s in %.3000s", c.parameters, c.want, got)
		}
	}
}

// TestSearchSeedIsReturnedAndTaken: the seed in an answer gives the next page of the same order,
// also where none was asked for.
func TestSearchSeedIsReturnedAndTaken(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 100}
	for _, seed := range []string{"", "0", "9"} {
		parameters := map[string][]string{"antall": {"20"}}
		if seed != "" {
			parameters["seed"] = []string{seed}
		}
		all := numbersOf(must(SearchPersoner(t.Context(), p, query(t, parameters))), "id")
		first := must(SearchPersoner(t.Context(), p,
			query(t, map[string][]string{"antall": {"10"}, "seed": parameters["seed"]})))
		second := must(SearchPersoner(t.Context(), p, query(t, map[string][]string{
			"antall": {"10"}, "side": {"1"},
			"seed": {fmt.Sprint(first.Seed)},
		})))
		if got := append(numbersOf(first, "id"), numbersOf(second, "id")...); !slices.Equal(all, got) {
			t.Errorf("seed %q: %v in one page, %v in two", seed, all, got)
		}
	}
}

package innrapportering

import (
	"fmt"
	"strconv"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Checks are those of a delivery's content, by the names that a family file uses.
func Checks() wire.Checks {
	return wire.Checks{
		"inntektsaar-in-path": {Do: inntektsaarInPath, Tells: []feil.Offence{feil.YearMismatch}, After: []string{"inntektsaar", "schema"}},
		"metadata":            {Do: metadata, Tells: []feil.Offence{feil.ContradictoryData}, After: []string{"schema"}},
		"right-to-report":     {Do: rightToReport, Tells: []feil.Offence{feil.NoRightToReport}, After: []string{"token", "schema"}},
	}
}

// Behaviours are the family's, by the names that a family file uses, for deliveries that are processed so.
func Behaviours(p Processing) wire.Behaviours {
	return wire.Behaviours{
		"innsending": {Do: p.Innsending, Prepare: p.kontroller, After: []string{"inntektsaar-in-path", "right-to-report"}},
		"dokument": {Do: HentDokument, After: []string{"token", "inntektsaar"},
			Tells: []feil.Offence{feil.UnknownForsendelse, feil.UnknownDokument, feil.NotAcceptable}},
	}
}

// inntektsaarInPath: "Inntektsår i innsending i JSON body og inntektsår i path må være like" (bsu seed, Feilkoder, GLD_1052).
func inntektsaarInPath(r *wire.Request) error {
	pointer := r.API.Felter.Inntektsaar
	value, _ := pointer.In(r.Document)
	stated := fmt.Sprint(value)
	if year, err := strconv.ParseFloat(stated, 64); err != nil || year != float64(r.Inntektsaar) {
		return feil.New(feil.YearMismatch, fmt.Sprintf("the document is for %s, the path for %d", stated, r.Inntektsaar),
			feil.Detalj{Sti: pointer.String(), AngittVerdi: stated, UtenKode: "inntektsaar er et annet enn i adressen"})
	}
	return nil
}

// metadata refuses a delivery that contradicts itself.
func metadata(r *wire.Request) error {
	at, contradicts := Contradiction(r.API.Felter, r.Document)
	if !contradicts {
		return nil
	}
	return feil.New(feil.ContradictoryData,
		"leveransetype is ingenoppgaver and the delivery holds oppgaver; it must be ordinaer, or hold none", at)
}

// Contradiction tells where a delivery contradicts itself: leveransetype says whether it holds oppgaver or that there are none to report
// (bsu seed, Informasjonsmodell), so "ingenoppgaver" with oppgaver does. "ordinaer" without any is let pass (K017).
func Contradiction(felter catalog.Felter, document any) (at feil.Detalj, contradicts bool) {
	n := len(list(felter.Oppgave, document))
	if n == 0 || text(felter.Leveransetype, document) != "ingenoppgaver" {
		return feil.Detalj{}, false
	}
	return feil.Detalj{
		Sti: felter.Leveransetype.String(), AngittVerdi: "ingenoppgaver",
		Melding: fmt.Sprintf("leveransetype er ingenoppgaver, men leveransen inneholder %d oppgaver", n),
	}, true
}

// rightToReport: "Organisasjonen som leverer har ikke rettighet til å levere for denne oppgavegiveren" (bsu seed, Feilkoder, GLD_1015).
func rightToReport(r *wire.Request) error {
	pointer := r.API.Felter.Oppgavegiver
	oppgavegiver := text(pointer, r.Document)
	may := r.Principal.Org == oppgavegiver
	if may {
		return nil
	}
	err := r.Read(func(tx *store.Tx) (err error) {
		may, err = mayReportFor(tx, r, oppgavegiver)
		return err
	})
	if err != nil || may {
		return err
	}
	return feil.New(feil.NoRightToReport,
		fmt.Sprintf("the token is for organisation %s, the delivery for oppgavegiver %s; get a token for %[2]s, or have it delegate to %[1]s "+
			"with POST /_sandkasse/delegations", r.Principal.Org, oppgavegiver),
		feil.Detalj{Sti: pointer.String(), AngittVerdi: oppgavegiver, UtenKode: "det mangler rett til å levere for denne oppgavegiveren"})
}

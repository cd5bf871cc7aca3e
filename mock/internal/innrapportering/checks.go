package innrapportering

import (
	"fmt"
	"strconv"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Checks returns the checks of a delivery's content, by the names that the family files use.
func Checks() wire.Checks {
	return wire.Checks{
		"inntektsaar-in-path": {
			Do: inntektsaarInPath, Offences: []feil.Offence{feil.YearMismatch},
			Requires: []string{"inntektsaar", "schema"},
		},
		"metadata": {Do: metadata, Offences: []feil.Offence{feil.ContradictoryData}, Requires: []string{"schema"}},
		"hovedenhet": {
			Do: hovedenhet, Offences: []feil.Offence{feil.Underenhet},
			Requires: []string{"schema"},
		},
		"right-to-report": {
			Do: rightToReport, Offences: []feil.Offence{feil.NoRightToReport},
			Requires: []string{"token", "schema"},
		},
	}
}

// Behaviours returns the family's behaviours, by the names that the family files use.
func Behaviours(p Processing) wire.Behaviours {
	return wire.Behaviours{
		"innsending": {
			Do: p.Innsending, Prepare: p.verdict,
			Requires: []string{"inntektsaar-in-path", "right-to-report"},
			Summary:  "Deliver a document",
			Answers: []wire.Answer{{
				Status: 200, Means: "The delivery is received.", ContentTypes: []string{jsonType},
				Body: Leveransebekreftelse{}, Example: p.exampleReceipt,
			}},
		},
		"dokument": {
			Do: ServeDokument, Requires: []string{"token", "inntektsaar"},
			Offences: []feil.Offence{feil.NoDialog, feil.UnknownForsendelse, feil.UnknownDokument, feil.NotAcceptable},
			Summary:  "Get a document of a delivery: the one that was delivered, or the feedback on it",
			Answers: []wire.Answer{{
				Status: 200, Means: "The document, as it was delivered or as the feedback has it.",
				ContentTypes: []string{jsonType, xmlType}, Body: tilbakemeldingDokument{}, Delivered: true,
				Example: func(r *wire.Request) (wire.Response, error) {
					return wire.Response{ContentType: jsonType, Document: r.Body}, nil
				},
			}},
		},
	}
}

// inntektsaarInPath returns YearMismatch unless the document is for the year in the path:
// "Inntektsår i innsending i JSON body og inntektsår i path må være like" (GLD_1052: BSU page,
// Feilkoder).
func inntektsaarInPath(r *wire.Request) error {
	felter := r.API.Felter
	for _, l := range leveranserOf(felter, r.Document) {
		stated := fmt.Sprint(member(felter.Inntektsaar, l.content))
		if year, err := strconv.ParseFloat(stated, 64); err != nil || year != float64(r.Inntektsaar) {
			return feil.New(feil.YearMismatch, fmt.Sprintf("the document is for %s, the path for %d", stated,
				r.Inntektsaar),
				feil.YearMismatchDetalj(l.sti(felter.Inntektsaar), stated))
		}
	}
	return nil
}

// metadata returns ContradictoryData for a delivery that contradicts itself.
func metadata(r *wire.Request) error {
	if why, at := contradiction(r.API.Felter, r.Document); why != "" {
		return feil.New(feil.ContradictoryData, why, at)
	}
	return nil
}

// contradiction returns why a delivery contradicts itself, and where; an empty why for one that
// does not. leveransetype says whether there are oppgaver to report (BSU page, Informasjonsmodell),
// so "ingenoppgaver" with oppgaver is a contradiction; "ordinaer" without oppgaver is not (K017).
// Several leveranser must be of one oppgavegiver.
func contradiction(felter catalog.Felter, document any) (why string, at feil.Detalj) {
	leveranser := leveranserOf(felter, document)
	for _, l := range leveranser {
		n := len(list(felter.Oppgave, l.content))
		if n > 0 && text(felter.Leveransetype, l.content) == "ingenoppgaver" {
			return "leveransetype is ingenoppgaver and the delivery holds oppgaver; it must be ordinaer, or hold none",
				feil.ContradictoryDataDetalj(l.sti(felter.Leveransetype), "ingenoppgaver", n)
		}
	}
	for _, l := range leveranser[min(1, len(leveranser)):] {
		first, other := text(felter.Oppgavegiver, leveranser[0].content), text(felter.Oppgavegiver, l.content)
		if first != other {
			why = fmt.Sprintf("one leveranse is of oppgavegiver %s, another one of %s; all of a delivery must be of "+
				"one", first, other)
			return why, feil.OtherOppgavegiverDetalj(l.sti(felter.Oppgavegiver), other, first)
		}
	}
	return "", feil.Detalj{}
}

// hovedenhet returns Underenhet for a delivery of an underenhet: "Oppgavegiver er ikke
// hovedenhet, og kan derfor ikke rapportere for ordningen" (GLD_1062: melk page, Feilkoder). The
// numbers of synthetic underenheter begin with 2 (K721).
func hovedenhet(r *wire.Request) error {
	oppgavegiver := text(r.API.Felter.Oppgavegiver, firstLeveranse(r.API.Felter, r.Document))
	if !strings.HasPrefix(oppgavegiver, "2") {
		return nil
	}
	return feil.New(feil.Underenhet,
		fmt.Sprintf("the oppgavegiver %s is an underenhet, as are all whose number begins with 2; its hovedenhet must "+
			"report", oppgavegiver),
		feil.UnderenhetDetalj(r.API.Felter.First(r.API.Felter.Oppgavegiver).String(), oppgavegiver))
}

// rightToReport returns NoRightToReport unless the caller may report for the oppgavegiver:
// "Organisasjonen som leverer har ikke rettighet til å levere for denne oppgavegiveren" (GLD_1015:
// BSU page, Feilkoder).
func rightToReport(r *wire.Request) error {
	pointer := r.API.Felter.First(r.API.Felter.Oppgavegiver)
	oppgavegiver := text(pointer, r.Document)
	if r.Principal.Org == oppgavegiver && !altinn.LooksAt(r) {
		return nil
	}
	may, why := false, ""
	err := r.Read(func(tx *store.Tx) (err error) {
		may, why, err = mayReportFor(tx, r, r.API, oppgavegiver)
		return err
	})
	if err != nil || may {
		return err
	}
	if why != "" {
		return feil.New(feil.NoRightToReport, why, feil.NoRightToReportDetalj(pointer.String(), oppgavegiver))
	}
	return feil.New(feil.NoRightToReport,
		fmt.Sprintf(
			"the token is for organisation %s, the delivery for oppgavegiver %s; get a token for %[2]s, or have it "+
				"delegate to %[1]s "+
				"with POST /_sandkasse/delegations", r.Principal.Org, oppgavegiver),
		feil.NoRightToReportDetalj(pointer.String(), oppgavegiver))
}

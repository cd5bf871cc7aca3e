package feil

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	t.Parallel()
	table := Table{
		MissingHeader: {
			Status: 400, Kode: "GLD_006", Melding: "Feil i request", Spesifisering: "GLD_1028",
			SpesifiseringMelding: "Header mangler",
		},
		BadParameter: {
			Status: 400, Kode: "GLD_006", Melding: "Feil i request", Spesifisering: "GLD_1022",
			SpesifiseringMelding: "Feil i parametre",
		},
		SchemaViolation: {Status: 400, Kode: "GLD_010", Melding: "Feil i payload"},
		KeyReused:       {Status: 409, Kode: "GLD_019", Melding: "Idempotensnøkkel er benyttet tidligere"},
	}
	for _, test := range []struct {
		feil *Feil
		want string
	}{
		{
			New(KeyReused, "why"),
			`{"kode":"GLD_019","melding":"Idempotensnøkkel er benyttet tidligere","korrelasjonsid":"id"}`,
		},
		{
			New(MissingHeader, "why"),
			`{"kode":"GLD_006","melding":"Feil i request","korrelasjonsid":"id","spesifisering":[{"kode":"GLD_1028","melding":"Header mangler"}]}`,
		},
		{
			New(BadParameter, "why", Detalj{Sti: "inntektsaar", AngittVerdi: "x", Melding: "må være et årstall"}),
			`{"kode":"GLD_006","melding":"Feil i request","korrelasjonsid":"id","spesifisering":[{"kode":"GLD_1022",` +
				`"melding":"Feil i parametre: må være et årstall","sti":"inntektsaar","angittVerdi":"x"}]}`,
		},
		{
			New(SchemaViolation, "why", Detalj{Sti: "/a", Melding: "a"}, Detalj{Sti: "/a/2", Melding: "to"},
				Detalj{Sti: "/a/10", Melding: "ti", AngittVerdi: strings.Repeat("å", 4001)}),
			`{"kode":"GLD_010","melding":"Feil i payload","korrelasjonsid":"id","spesifisering":[{"melding":"a","sti":"/a"},` +
				`{"melding":"to","sti":"/a/2"},{"melding":"ti","sti":"/a/10","angittVerdi":"` +
				strings.Repeat("å", 3999) + `…"}]}`,
		},
	} {
		row := table[test.feil.Offence]
		body := row.Body(test.feil, "id")
		got, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" || row.Kode != body.Kode {
			t.Errorf("%v (-want +got):\n%s", test.feil, diff)
		}
	}
}

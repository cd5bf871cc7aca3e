package tenor

import (
	"context"
	"encoding/json"
	"fmt"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

func ExampleSearchPersoner() {
	query, _ := ParseQuery(map[string][]string{
		"kql":    {"kjoenn:kvinne and tenorRelasjoner.freg:{tenorRelasjonsnavn:barn and alder < 3}"},
		"antall": {"1"},
		"vis":    {"visningnavn,foedselsdato"},
	}, ident.Date{Year: 2024, Month: 12, Day: 31})
	result, _ := SearchPersoner(context.Background(), population.Population{Seed: 1, Size: 10_000}, query)
	text, _ := json.Marshal(result)
	fmt.Println(string(text))
	// Output:
	// {"treff":251,"rader":1,"offset":0,"nesteSide":1,"seed":0,"dokumentListe":[{"foedselsdato":"1989-01-12","visningnavn":"VÅGAL SOLUR"}],"fasetter":{},"skannet":10000,"fullstendig":true}
}

package mock

import (
	"log/slog"
	"os"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/yamlfile"
)

// loadScenarios reads the built-in scripts, and those of a folder beside them unless it is empty,
// with the names that the catalogue knows. A folder that cannot be read is an *ArgumentError.
func loadScenarios(known *catalog.Catalog, dir string) (*scenario.Library, error) {
	names := scenario.Known{Codes: known.Codes()}
	for _, api := range known.APIs {
		names.APIs = append(names.APIs, api.Name)
		names.Families = append(names.Families, api.Family)
		for _, route := range api.Routes {
			names.Routes = append(names.Routes, route.Name)
		}
	}
	for _, offence := range feil.Offences() {
		names.Offences = append(names.Offences, string(offence))
	}
	library, err := scenario.Load(dir, names)
	if err != nil && dir != "" {
		if _, unreadable := os.ReadDir(dir); unreadable != nil {
			err = argument(err)
		}
	}
	return library, err
}

// tellFaults logs what is wrong with the caller's scripts.
func tellFaults(log *slog.Logger) func(yamlfile.Faults) {
	return func(faults yamlfile.Faults) {
		for _, fault := range faults {
			log.Warn("a script is broken; where it was sound before, that stays in use", "fault", fault.String())
		}
		if len(faults) == 0 {
			log.Info("all scripts are sound again")
		}
	}
}

package report

import "sandkasse/mock/internal/feil"

// koboUnknownSystem finds calls for an FDVU system that is not set up: "Not Found - Oppsett for FDVU
// System mangler i Kobo" (Kobo page, Registrere Webhook API key; K249).
func koboUnknownSystem() rule {
	return rule{
		Rule: Rule{
			ID: "kobo-unknown-system", Gravity: Warning, Sure: true,
			Production: "Kobo answers 404 to every call whose x-kobo-systemid is not one that was chosen when the " +
				"system was set up and activated in Kobo",
			Change: "take the system's id from the configuration of the municipality that you call for, and have the " +
				"system activated in Kobo before its first call",
		},
		watch: func(*space) watcher { return koboUnknownSystemWatcher{} },
	}
}

type koboUnknownSystemWatcher struct{}

func (koboUnknownSystemWatcher) see(c *Call) []fault {
	if c.Offence != feil.UnknownSystem {
		return nil
	}
	return []fault{{
		calls: []int64{c.Number}, what: "the header x-kobo-systemid names a system that is not set up in Kobo",
	}}
}

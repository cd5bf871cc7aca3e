package backend

import (
	"io/fs"
	"maps"
	"sync"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/dialogporten"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// BuiltIn returns the built-in catalogue, which is read once for all servers of a program.
var BuiltIn = sync.OnceValues(func() (*catalog.Catalog, error) {
	files := Files()
	files.Proved = true
	return catalog.Load(files, Vocabulary())
})

// Over returns the built-in catalogue with the files of a folder over it; dir is put before their
// names where a fault is reported.
func Over(root fs.FS, dir string) (*catalog.Catalog, error) {
	files := Files()
	files.Proved = true
	return catalog.Load(files.Over(root, dir), Vocabulary())
}

// Files returns the files of the built-in catalogue.
func Files() catalog.Files {
	return catalog.Files{APIs: catalog.Embedded(), Schemas: schemas.Embedded(), Examples: examples.Embedded()}
}

// Vocabulary returns the checks, behaviours and forms of error bodies that API files may name.
func Vocabulary() catalog.Vocabulary {
	checks, forms := gateway.Vocabulary()
	maps.Copy(checks, wire.Vocabulary(allChecks(kobo.Register{})))
	behaviours := allBehaviours(innrapportering.Processing{}, &catalog.Catalog{}, token.Key{}, nil, kobo.Register{},
		altinn.Altinn{Catalog: &catalog.Catalog{}})
	return catalog.Vocabulary{
		Checks: checks, Behaviours: wire.Vocabulary(behaviours), Svar: innrapportering.ReceiptMembers(),
		ErrorBodies: forms,
	}
}

// allChecks returns the checks of all families.
func allChecks(register kobo.Register) wire.Checks {
	all := innrapportering.Checks()
	maps.Copy(all, register.Checks())
	return all
}

// allBehaviours returns the behaviours of all families.
func allBehaviours(
	p innrapportering.Processing, known *catalog.Catalog, key token.Key, tokens *maskinporten.Issuer,
	register kobo.Register, a altinn.Altinn,
) wire.Behaviours {
	all := innrapportering.Behaviours(p)
	maps.Copy(all, dialogporten.Behaviours(known))
	maps.Copy(all, maskinporten.Behaviours(key, tokens))
	maps.Copy(all, register.Behaviours())
	maps.Copy(all, a.Behaviours())
	return all
}

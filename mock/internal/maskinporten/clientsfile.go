package maskinporten

import (
	"fmt"

	"sandkasse/mock/internal/yamlfile"
)

// ParseClients reads a clients file: YAML that says who may get which token. The error is a
// yamlfile.Faults with each fault of the file, by the given file name and line. A full example (the
// key, in two forms, is sandkasse's published test key):
//
//	clients:
//	  # A client with registered keys: its grants name one as kid.
//	  - id: 6f0c0a0e-0000-4000-8000-000000000001
//	    organisation: 311111116
//	    scopes:
//	      - skatteetaten:innrapporteringboligsparingungdom
//	      - digdir:dialogporten
//	    keys:
//	      - kid: my-key
//	        pem: |
//	          -----BEGIN PUBLIC KEY-----
//	          MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv5zEYis6zXJwlhMaQx/n
//	          2/fGYdoJHs3Cwa2wrh6TBWKh7kf6+GJv3Z/nnUGQaytsV8e3o0AxG7cMKOo+LrBy
//	          EFJj8f7mdfgIx3pajc0mJF6h5yi1nfeAkMrUFxZDTO2MEk/5diAGA/l5SpUnJBW+
//	          Mjy6bHqiaPp5uU8lMfYQZ1XvKedUXQZEOecOKDWeab9PQmnEQsrldlH0df0VdM07
//	          oo+qecloPNmevCt7A5p5ho46NcDNWNWtHillH2RIQCqki5QYzsvc6LkrN8vG7dws
//	          rrdOn/X56E27pzSFUGn2D8FrQw7+GMYvTkocMqP7X/qa7/5SQ/qh0oGcSQK/z9ut
//	          mQIDAQAB
//	          -----END PUBLIC KEY-----
//	      - kid: last-years-key
//	        expires: 2026-06-30
//	        jwk:
//	          kty: RSA
//	          e: AQAB
//	          n: "v5zEYis6zXJwlhMaQx_n2_fGYdoJHs3Cwa2wrh6TBWKh7kf6-GJv3Z_nnUGQ\
//	            aytsV8e3o0AxG7cMKOo-LrByEFJj8f7mdfgIx3pajc0mJF6h5yi1nfeAkMrUFxZD\
//	            TO2MEk_5diAGA_l5SpUnJBW-Mjy6bHqiaPp5uU8lMfYQZ1XvKedUXQZEOecOKDWe\
//	            ab9PQmnEQsrldlH0df0VdM07oo-qecloPNmevCt7A5p5ho46NcDNWNWtHillH2RI\
//	            QCqki5QYzsvc6LkrN8vG7dwsrrdOn_X56E27pzSFUGn2D8FrQw7-GMYvTkocMqP7\
//	            X_qa7_5SQ_qh0oGcSQK_z9utmQ"
//	  # One without: its grants have a certificate of the organisation (x5c).
//	  - id: 6f0c0a0e-0000-4000-8000-000000000002
//	    organisation: 313333337
//	    scopes: [skatteetaten:boligsameie]
//	    ungranted: [skatteetaten:annet] # on the client, refused with MP-250
//
//	# The system users that customers have approved.
//	systembrukere:
//	  - organisation: 312222221
//	    clients: [6f0c0a0e-0000-4000-8000-000000000001]
//	    id: 33a0911a-0000-4000-8000-00000000016c # made up when left out
//	    system: 311111116_demo                   # 311111116_sandkasse when left out
//	    externalRef: avdeling-7                  # 312222221 when left out
//	    resources: [ske-innrapportering-boligsparing-ungdom]
//
//	# Who has delegated an API to whom, for grants with consumer_org.
//	delegations:
//	  - from: 312222221
//	    to: 313333337
//	    scopes: [skatteetaten:boligsameie]
//
// A client may also have certificates, a list of PEM texts: then it may send no others, and they
// are its own even if their subject names no organisation. Its integration is maskinporten; with
// idporten all its grants fail with MP-201. A key's expires is a date, at the beginning of which it
// ends (UTC), or a time as in 2026-06-30T12:00:00Z.
func ParseClients(file string, text []byte) (*Register, error) {
	var entry clientsFile
	c := clientsReader{yamlfile.ReadAliased(file, text, &entry), &Register{clients: map[string]*client{}}}
	if len(entry.Clients) == 0 {
		c.fault("clients", " is missing or empty, must be a list of one client or more")
	}
	for i, client := range entry.Clients {
		c.client(client, fmt.Sprintf("clients[%d]", i))
	}
	for i, user := range entry.Systembrukere {
		c.user(user, fmt.Sprintf("systembrukere[%d]", i))
	}
	for i, delegation := range entry.Delegations {
		c.delegation(delegation, fmt.Sprintf("delegations[%d]", i))
	}
	if len(c.src.Faults) > 0 {
		c.src.Faults.Sort()
		return nil, c.src.Faults
	}
	return c.register, nil
}

// clientsFile is the content of a clients file.
type clientsFile struct {
	Clients       []clientEntry     `yaml:"clients"`
	Systembrukere []userEntry       `yaml:"systembrukere"`
	Delegations   []delegationEntry `yaml:"delegations"`
}

// clientEntry is a client in a clients file.
type clientEntry struct {
	ID           string     `yaml:"id"`
	Organisation string     `yaml:"organisation"`
	Integration  string     `yaml:"integration"`
	Keys         []keyEntry `yaml:"keys"`
	Certificates []string   `yaml:"certificates"`
	Scopes       []string   `yaml:"scopes"`
	Ungranted    []string   `yaml:"ungranted"`
}

// userEntry is a system user in a clients file.
type userEntry struct {
	Organisation string   `yaml:"organisation"`
	Clients      []string `yaml:"clients"`
	ID           string   `yaml:"id"`
	System       string   `yaml:"system"`
	ExternalRef  string   `yaml:"externalRef"`
	Resources    []string `yaml:"resources"`
}

// delegationEntry is a delegation in a clients file.
type delegationEntry struct {
	From   string   `yaml:"from"`
	To     string   `yaml:"to"`
	Scopes []string `yaml:"scopes"`
}

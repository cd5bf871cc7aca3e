package innrapportering

import (
	"bytes"
	"slices"
	"time"

	"sandkasse/mock/internal/codec"
)

// AppendBinary appends the dialog as the store keeps it. It cannot fail.
func (d Dialog) AppendBinary(b []byte) ([]byte, error) {
	for _, text := range []string{d.DialogID, d.API, d.Organisasjon} {
		b = codec.AppendString(b, text)
	}
	b = codec.AppendInt(codec.AppendInt(b, d.Inntektsaar), d.Antall)
	for _, at := range []time.Time{d.Opprettet, d.Oppdatert, d.Behandlet} {
		b = codec.AppendTime(b, at)
	}
	return codec.AppendBool(b, d.OutOfOrder), nil
}

// UnmarshalBinary reads what AppendBinary has appended.
func (d *Dialog) UnmarshalBinary(record []byte) error {
	r := codec.NewReader(record)
	*d = Dialog{
		DialogID: r.String(), API: r.String(), Organisasjon: r.String(),
		Inntektsaar: r.Int(), Antall: r.Int(),
		Opprettet: r.Time(), Oppdatert: r.Time(), Behandlet: r.Time(),
		OutOfOrder: r.Bool(),
	}
	return r.Err()
}

// AppendBinary appends the forsendelse as the store keeps it. It cannot fail.
func (f Forsendelse) AppendBinary(b []byte) ([]byte, error) {
	for _, text := range []string{
		f.ForsendelseID, f.DialogID, f.API, f.Oppgavegiver, f.Innsender, f.Leverandoer, f.Referanse,
		f.Leveransestatus, string(f.Control), f.TilbakemeldingID,
	} {
		b = codec.AppendString(b, text)
	}
	for _, n := range []int{f.Inntektsaar, f.Nummer, f.AntallOppgaver, f.AntallSletteoppgaver} {
		b = codec.AppendInt(b, n)
	}
	b = codec.AppendTime(codec.AppendTime(b, f.Mottatt), f.Behandlet)
	b = codec.AppendBool(codec.AppendBool(b, f.RejectedOnDemand), f.NeverShown)
	return appendDokumenter(appendDokumenter(b, f.Dokumenter), f.Tilbakemelding), nil
}

// UnmarshalBinary reads what AppendBinary has appended, also where a document follows.
func (f *Forsendelse) UnmarshalBinary(record []byte) error {
	r := codec.NewReader(record)
	f.read(r)
	return r.Err()
}

func (f *Forsendelse) read(r *codec.Reader) {
	*f = Forsendelse{
		ForsendelseID: r.String(), DialogID: r.String(), API: r.String(), Oppgavegiver: r.String(),
		Innsender: r.String(), Leverandoer: r.String(), Referanse: r.String(),
		Leveransestatus: r.String(), Control: Control(r.String()), TilbakemeldingID: r.String(),
		Inntektsaar: r.Int(), Nummer: r.Int(), AntallOppgaver: r.Int(), AntallSletteoppgaver: r.Int(),
		Mottatt: r.Time(), Behandlet: r.Time(),
		RejectedOnDemand: r.Bool(), NeverShown: r.Bool(),
		Dokumenter: readDokumenter(r), Tilbakemelding: readDokumenter(r),
	}
}

// AppendBinary appends the forsendelse, and its document behind it.
func (d delivery) AppendBinary(b []byte) ([]byte, error) {
	const fields = 512 // more than they take in nearly every case
	b, err := d.Forsendelse.AppendBinary(slices.Grow(b, fields+len(d.body)))
	return append(b, d.body...), err
}

// UnmarshalBinary reads what AppendBinary has appended.
func (d *delivery) UnmarshalBinary(record []byte) error {
	r := codec.NewReader(record)
	d.read(r)
	d.body = bytes.Clone(r.Rest())
	return r.Err()
}

func appendDokumenter(b []byte, list []Dokument) []byte {
	b = codec.AppendInt(b, len(list))
	for _, d := range list {
		b = codec.AppendString(codec.AppendString(codec.AppendString(b, d.DokumentID), d.Navn), d.ContentType)
	}
	return b
}

func readDokumenter(r *codec.Reader) (list []Dokument) {
	for n := r.Int(); n > 0 && r.Err() == nil; n-- {
		list = append(list, Dokument{DokumentID: r.String(), Navn: r.String(), ContentType: r.String()})
	}
	return list
}

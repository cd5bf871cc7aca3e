package kobo

import "sandkasse/mock/internal/feil"

// transitions returns the whole state machine of a home: for each act its conditions, and its
// effect or refusal in each state. The numbers in the first column are those of
// docs/sources/kobo.md, Transitions. Where the page says nothing: reservation and assignment are
// allowed in every state (K215), notice only once, a tenancy can end without notice (K216), and the
// status can be changed like any field (K268).
func transitions() []transition {
	var (
		unknown = refuse(feil.UnknownHome, "Boligen finnes ikke i Kobo for dette systemet.")
		noLease = refuse(feil.NoTenancy, "Boligen har ikke noe leieforhold.")                                  // K257
		noGiven = refuse(feil.NoNotice, "Leieforholdet er ikke sagt opp.")                                     // K258
		leased  = refuse(feil.TenancyExists, "Boligen har et leieforhold allerede.")                           // K253
		linked  = refuse(feil.HomeLinked, "Boligen er knyttet til en sak; da må koboSaksreferanse være med.")  // K256
		given   = refuse(feil.NoticeExists, "Leieforholdet er sagt opp allerede; endre oppsigelsen i stedet.") // K259
		again   = may(replace)
		idle    = cell{effect: noEffect, idle: true}

		exists       = condition{caseExists, feil.UnknownCase}
		notElsewhere = condition{notAssignedOtherwise, feil.AssignedOtherwise}
	)
	return []transition{
		// t act what it names is there absent deleted free linked let noticed needs
		{
			"t1", Opprett, nil,
			cells{may(create), may(create), again, again, again, again},
			needs{{sameAddress, feil.OtherAddress}},
			BoligOpprettet,
		},
		{
			"t2, t3", Endre,
			needs{{sameVendorID, feil.UnknownHome}},
			cells{unknown, unknown, again, again, again, again},
			nil, BoligEndret,
		},
		{
			"t4", Reserver,
			needs{exists},
			cells{unknown, unknown, may(reserve), may(reserve), may(reserve), may(reserve)},
			nil, ReservasjonOpprettet,
		},
		{
			"t5", FjernReservasjon,
			needs{exists, {caseReserves, feil.NoReservation}},
			cells{unknown, unknown, may(unreserve), may(unreserve), may(unreserve), may(unreserve)},
			nil,
			ReservasjonFjernet,
		},
		{
			"t6", Tildel,
			needs{exists},
			cells{unknown, unknown, may(assign), may(assign), may(assign), may(assign)},
			needs{notElsewhere},
			TildelingOpprettet,
		},
		{
			"t7", FjernTildeling,
			needs{{assignedToCase, feil.NoAssignment}},
			cells{unknown, unknown, may(unassign), may(unassign), may(unassign), may(unassign)},
			nil, TildelingFjernet,
		},
		{
			"t8", LeiUt,
			needs{exists},
			cells{unknown, unknown, may(let), may(let), leased, leased},
			needs{{assignedInside, ""}, notElsewhere, {reservesNoOthers, feil.CaseReservesOthers}},
			LeieforholdOpprettet,
		},
		{
			"t9", LeiUtNySak, nil,
			cells{unknown, unknown, may(letToNewCase), linked, linked, linked},
			needs{{assignedInside, ""}},
			LeieforholdOpprettet,
		},
		{"t10", EndreLeieforhold, nil, cells{
			unknown, unknown, noLease, noLease, may(changeContract),
			may(changeContract),
		}, nil, LeieforholdEndret},
		{
			"t11", SiOpp, nil,
			cells{unknown, unknown, noLease, noLease, may(giveNotice), given},
			nil,
			OppsigelseRegistrert,
		},
		{
			"t12", EndreOppsigelse, nil,
			cells{unknown, unknown, noLease, noLease, noGiven, may(giveNotice)},
			nil,
			OppsigelseEndret,
		},
		{
			"t13", OpphevOppsigelse, nil,
			cells{unknown, unknown, noLease, noLease, noGiven, may(liftNotice)},
			nil,
			OppsigelseOpphevet,
		},
		{"t14", Avslutt, nil, cells{unknown, unknown, noLease, noLease, may(end), may(end)}, nil, LeieforholdAvsluttet},
		{
			"t15", Slett,
			needs{{vendorIDIfGiven, feil.UnknownHome}},
			cells{unknown, idle, may(remove), idle, idle, idle},
			nil, BoligSlettet,
		},
	}
}

package kobo

import "sandkasse/mock/internal/feil"

// overganger is the state machine of a home, and all of it: what each act needs, and what it does or is refused with in each state. Read it
// beside reference kobo 3.2, whose numbers stand in the first column. Where the page says nothing: reservation and assignment are allowed
// in every state (K215), notice only once and an ending without one (K216), and a change of status is a field like others (K268).
func overganger() []overgang {
	var (
		unknown = refuse(feil.UnknownHome, "Boligen finnes ikke i Kobo for dette systemet.")
		noLease = refuse(feil.NoTenancy, "Boligen har ikke noe leieforhold.")                                  // K257
		noGiven = refuse(feil.NoNotice, "Leieforholdet er ikke sagt opp.")                                     // K258
		leased  = refuse(feil.TenancyExists, "Boligen har et leieforhold allerede.")                           // K253
		linked  = refuse(feil.HomeLinked, "Boligen er knyttet til en sak; da må koboSaksreferanse være med.")  // K256
		given   = refuse(feil.NoticeExists, "Leieforholdet er sagt opp allerede; endre oppsigelsen i stedet.") // K259
		again   = may(replace)
	)
	return []overgang{
		// t           act                 what it names is there        absent           deleted  free                linked              let                 noticed             needs
		{"t1", Opprett, nil, cells{may(create), unknown, again, again, again, again}, needs{sameAddress}, BoligOpprettet},
		{"t2, t3", Endre, needs{sameVendorID}, cells{unknown, unknown, again, again, again, again}, nil, BoligEndret},
		{"t4", Reserver, needs{caseExists}, cells{unknown, unknown, may(reserve), may(reserve), may(reserve), may(reserve)}, nil, ReservasjonOpprettet},
		{"t5", FjernReservasjon, needs{caseExists, caseReserves}, cells{unknown, unknown, may(unreserve), may(unreserve), may(unreserve), may(unreserve)}, nil, ReservasjonFjernet},
		{"t6", Tildel, needs{caseExists}, cells{unknown, unknown, may(assign), may(assign), may(assign), may(assign)}, needs{notAssignedOtherwise}, TildelingOpprettet},
		{"t7", FjernTildeling, needs{assignedToCase}, cells{unknown, unknown, may(unassign), may(unassign), may(unassign), may(unassign)}, nil, TildelingFjernet},
		{"t8", LeiUt, needs{caseExists}, cells{unknown, unknown, may(let), may(let), leased, leased}, needs{assignedInside, notAssignedOtherwise, reservesNoOthers}, LeieforholdOpprettet},
		{"t9", LeiUtNySak, nil, cells{unknown, unknown, may(letToNewCase), linked, linked, linked}, needs{assignedInside}, LeieforholdOpprettet},
		{"t10", EndreLeieforhold, nil, cells{unknown, unknown, noLease, noLease, may(changeContract), may(changeContract)}, nil, LeieforholdEndret},
		{"t11", SiOpp, nil, cells{unknown, unknown, noLease, noLease, may(giveNotice), given}, nil, OppsigelseRegistrert},
		{"t12", EndreOppsigelse, nil, cells{unknown, unknown, noLease, noLease, noGiven, may(giveNotice)}, nil, OppsigelseEndret},
		{"t13", OpphevOppsigelse, nil, cells{unknown, unknown, noLease, noLease, noGiven, may(liftNotice)}, nil, OppsigelseOpphevet},
		{"t14", Avslutt, nil, cells{unknown, unknown, noLease, noLease, may(end), may(end)}, nil, LeieforholdAvsluttet},
		{"t15", Slett, needs{vendorIDIfGiven}, cells{unknown, may(leave), may(remove), may(leave), may(leave), may(leave)}, nil, BoligSlettet},
	}
}

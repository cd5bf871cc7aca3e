package scenario

func closeKind() faultKind {
	return flagKind("close", Tears, "The connection is closed without an answer.", tearFault(TearClose))
}

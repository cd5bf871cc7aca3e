// Package scenarios holds the scripts of what may go wrong with a call, and the engine that plays them. It knows no HTTP: it says what is to
// be done with a call at each of three points, and the gateway does it.
//
// A script is a YAML file, one scenario a file, named as its scenario. It has steps. They run in order: a call that fits the step the
// scenario has come to plays it; one that does not passes and leaves the step to the next (K302). A step is used up after so many calls
// (times) or, by the session's clock, so long after the first call that fits it (for); after the last step all calls pass. One call
// plays at most one step of a scenario. A step that does nothing lets calls pass by number.
//
// The points are the door (before the call is looked at), the work (its checks have been passed, and it would be carried out now) and the
// answer (it has been carried out, or refused). A step that does not say where it plays does so
//
//   - at the answer, when it asks for an outcome,
//   - at the work, when it changes what is done: duplicate, feedback, webhook,
//   - at the answer, when it changes an answer that it does not give itself: headers, cut, drip, contentType, invalidJSON,
//   - at the door otherwise.
//
// What is built in never plays for the token endpoint, and mostly for reporting and Kobo alone, so that a client whose whole base address
// asks for a scenario gets its token and meets the scenario where it is meant (K310).
//
// Chance is drawn from the session's seed, or the play's: the same seed and calls give the same outcome.
package scenario

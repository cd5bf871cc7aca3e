// Package scenario reads the scripts of what may go wrong with a call, and plays them. It knows no
// HTTP: it returns what is to be done with a call at each of three points, as an Effect, and the
// gateway does it.
//
// A script is a YAML file, one scenario a file, named after its scenario. It has steps, which run
// in order: a call that fits the scenario's current step plays it; a call that does not fit passes,
// and the step waits for the next (K302). A step is used up after a number of calls (times) or, by
// the session's clock, a time after the first call that fits it (for); after the last step all
// calls pass. One call plays at most one step of a scenario. A step without faults lets calls pass
// by number.
//
// The points are BeforeChecks (door in a script), InsteadOfWork (work: the checks have passed, and
// the call would be carried out now) and AfterWork (answer: it has been carried out, or refused). A
// step that does not say where it plays does so
//
//   - at the answer, when it asks for an outcome,
//   - at the work, when it changes what is done: duplicate, feedback, webhook,
//   - at the answer, when it changes an answer that it does not give itself: headers, cut, drip,
//     contentType, invalidJSON,
//   - at the door otherwise.
//
// The built-in scripts never play for the token endpoint, and mostly for reporting and Kobo alone,
// so that a client whose whole base address asks for a scenario gets its token and meets the
// scenario where it is meant (K310).
//
// Random numbers are a function of the seed of the session, or of the play: the same seed and calls
// give the same outcome.
//
// # A new fault
//
//  1. Write fault_NAME.go: a type whose Apply sets or adds to fields of Effect, and a function
//     NAMEKind that returns newKind(name, role, JSON Schema of the value, read). The type that read
//     takes decides the YAML; read reports what is wrong with the value. A field of yamlfile.Int,
//     Float or Text may also be a parameter; say so in the schema.
//  2. Add NAMEKind() to faultKinds. Scripts, error texts, the JSON Schema and the rules between
//     faults know it from there.
//
// Only a fault that changes what no field of Effect says needs a field there, and the gateway to
// act on it.
package scenario

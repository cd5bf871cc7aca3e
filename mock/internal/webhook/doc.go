// Package webhook sends events to FDVU systems, as Kobo does (Kobo page, Registrere Webhook API
// key). Events are written to an outbox in the transaction of the change (Enqueue), and a Deliverer
// posts them after the commit.
//
// An event is delivered at least once. The events of one key are delivered in the order in which
// they were enqueued, each when the one before it is Delivered or Dead; keys do not wait for each
// other. What fails is tried again after a growing delay, and after so many attempts it is Dead,
// which can be seen and redelivered. All of it lies in the store, so nothing is lost with the
// process; a message whose answer was lost with it is sent again.
//
// Time is the sandbox's clock: while it is frozen, nothing is tried again. Only the limit of one
// attempt is real time.
//
// What no source settles is a choice: how often and how long it is tried (K280), what is an
// acknowledgement (K281), what becomes of messages without an address or key (K282) and of dead
// ones (K283), which message a fault hits (K284), reorder (K285), spoil and drop (K286), where a
// redelivered event goes (K287), what a key and an address may be (K288, K289), what a change
// leaves alone (K290), proxies (K291), how long all that is kept (K292), and how much of what is
// sent at once goes to receivers that hang (K610).
package webhook

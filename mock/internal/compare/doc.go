// Package compare has what a comparison of a recording with Sandkasse works on: the calls that a HAR
// file holds, the identifiers that the real API gave out and those that Sandkasse gives instead, and
// what differs between two answers. It makes no calls; package mock replays the recording.
package compare

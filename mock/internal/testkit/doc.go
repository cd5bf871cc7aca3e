// Package testkit has what the tests under mock/tests share.
package testkit

// Package house tests the repository: who imports whom, the words of the code, the documents.
package house

// root is the path of the repository from here.
const root = "../../.."

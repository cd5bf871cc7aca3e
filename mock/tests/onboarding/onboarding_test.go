// Package onboarding tests the way from a vendor's registration to its first delivery.
package onboarding

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// real are the addresses of the test environment, which is all that the vendor knows.
const (
	issuer  = "https://test.maskinporten.no/"
	altinn  = "https://platform.tt02.altinn.no/authentication/api/v1"
	dialogs = "https://platform.tt02.altinn.no/dialogporten/api/v1/enduser/dialogs"
)

const (
	writeRegister = "altinn:authentication/systemregister.write"
	writeRequests = "altinn:authentication/systemuser.request.write"
	readRequests  = "altinn:authentication/systemuser.request.read"
)

// vendor is a vendor behind the server's proxy, with TLS to the real hosts.
type vendor struct {
	*testing.T
	own    string // Sandkasse's own address
	client *http.Client
	key    []byte
}

// newVendor starts a server and returns a vendor of it.
func newVendor(t *testing.T, options mock.Options) vendor {
	t.Helper()
	server := testkit.NewServer(t, options)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	own := server.URL("")
	ca := server.CACertificate()
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	proxy, err := url.Parse(own)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return vendor{t, own, &http.Client{Transport: transport}, pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key),
	})}
}

// token asks Maskinporten for a token; the customer is empty for one without a system user. The error
// is Maskinporten's answer.
func (v vendor) token(scope, customer string, details map[string]any) (string, error) {
	v.Helper()
	claims := map[string]any{"jti": uuid.NewString()}
	if customer != "" {
		detail := map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + customer},
		}
		for name, value := range details {
			detail[name] = value
		}
		claims["authorization_details"] = []any{detail}
	}
	config := jwt.Config{
		Email: testkit.SystemClient, PrivateKey: v.key, PrivateKeyID: "my-key", Scopes: []string{scope},
		TokenURL: issuer + "token", Audience: issuer, Expires: 110 * time.Second, PrivateClaims: claims,
	}
	got, err := config.TokenSource(contextOf(v)).Token()
	if err != nil {
		return "", err
	}
	return got.AccessToken, nil
}

// reply is the answer to a call.
type reply struct {
	status int
	header http.Header
	body   string
}

// call makes a call with a token, unless that is empty.
func (v vendor) call(method, address, bearer, body string, headers ...string) reply {
	v.Helper()
	client := v.client
	if strings.HasPrefix(address, v.own) { // the customer's browser, and CI, are behind no proxy
		client = http.DefaultClient
	}
	return send(v, client, method, address, bearer, body, headers...)
}

// admin makes a call to Altinn with a token for the scope, which must have the status.
func (v vendor) admin(status int, method, path, scope, body string) string {
	v.Helper()
	bearer, err := v.token(scope, "", nil)
	if err != nil {
		v.Fatal(err)
	}
	got := v.call(method, altinn+path, bearer, body)
	if got.status != status {
		v.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got.body
}

// asked is a request as it is answered.
type asked struct{ ID, Status, ConfirmURL string }

// ask asks for a system user.
func (v vendor) ask(path, body string) (got asked) {
	v.Helper()
	decode(v.T, v.admin(201, http.MethodPost, path, writeRequests, body), &got)
	return got
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// why returns why the last call was answered as it was.
func (v vendor) why() string {
	v.Helper()
	var list struct{ Calls []struct{ Why string } }
	decode(v.T, v.call(http.MethodGet, v.own+"/_sandkasse/calls?limit=1", "", "").body, &list)
	return list.Calls[0].Why
}

// reporting is an API that the vendor delivers to.
type reporting struct{ label, example, scope string }

var (
	bsu = reporting{"innrapporteringbsu", "bsu.json", "skatteetaten:innrapporteringboligsparingungdom"}
	// gaver has packages for accountants, unlike bsu
	gaver = reporting{
		"innrapporteringgavertilfrivillige", "gavertilfrivillige.json",
		"skatteetaten:innrapporteringgaverfrivilligeorganisasjoner",
	}
)

// deliver delivers the page's example for an organisation, in the test environment.
func (v vendor) deliver(to reporting, bearer, organisation string) reply {
	v.Helper()
	return v.deliverAt(".api.skatteetaten-test.no", to, bearer, organisation)
}

// deliverAt delivers the page's example for an organisation at a host that ends so.
func (v vendor) deliverAt(domain string, to reporting, bearer, organisation string) reply {
	v.Helper()
	year, body := to.document(v, organisation)
	return v.call(http.MethodPost, "https://"+to.label+domain+"/v1/"+year, bearer, body, "idempotencyKey",
		uuid.NewString())
}

// refused reports whether Maskinporten refused a token with the code.
func refused(err error, code string) bool {
	failed, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && strings.Contains(string(failed.Body), code)
}

// TestBusinessReportsForItself: a vendor's whole way, over the real hosts with TLS.
func TestBusinessReportsForItself(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{})
	var internal string
	decode(t, v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody), &internal)
	if uuid.Validate(internal) != nil {
		t.Errorf("the register answers %q", internal)
	}
	const customer = testkit.Customer
	q := v.ask("/systemuser/request/vendor", testkit.RequestBody(customer))
	if q.Status != "New" || !strings.HasPrefix(q.ConfirmURL, v.own+"/accessmanagement/ui/systemuser/request?id="+q.ID) {
		t.Errorf("asked: %+v", q)
	}
	if _, err := v.token(bsu.scope, customer, nil); !refused(err, "MP-303") {
		t.Errorf("a token before the approval: %v", err)
	}
	if why := v.why(); !strings.Contains(why, "has not approved the request "+q.ID) {
		t.Errorf("the journal says %q", why)
	}
	// the customer's browser
	page := v.call(http.MethodGet, q.ConfirmURL, "", "")
	if page.status != 200 || !strings.Contains(page.body, "ske-innrapportering-boligsparing-ungdom") ||
		!strings.Contains(page.body, token.DefaultVendor) {
		t.Fatalf("the page: %d %s", page.status, page.body)
	}
	done := v.call(http.MethodPost, q.ConfirmURL, "", "answer=approve", "Content-Type",
		"application/x-www-form-urlencoded", "Origin", v.own)
	if to := "https://demo.example/ok?a=1"; done.status != 200 || !strings.Contains(done.body, `href="`+to+`"`) ||
		!strings.HasSuffix(done.header.Get("Refresh"), "url="+to) {
		t.Fatalf("the answer: %d %v %s", done.status, done.header, done.body)
	}
	var polled asked
	decode(t, v.admin(200, http.MethodGet, "/systemuser/request/vendor/"+q.ID, readRequests, ""), &polled)
	if polled.Status != "Accepted" {
		t.Errorf("polled: %+v", polled)
	}
	bearer, err := v.token(bsu.scope, customer, nil)
	if err != nil {
		t.Fatal(err)
	}
	if claims := claimsOf(t, bearer); !strings.Contains(claims, `"systemuser_id":["`+q.ID+`"]`) ||
		!strings.Contains(claims, `"system_id":"`+testkit.System+`"`) {
		t.Errorf("the token says %s", claims)
	}
	v.roundTrip(bsu, bearer, customer, customer)
	if other := v.deliver(bsu, bearer, "319000038"); other.status != 403 || !strings.Contains(other.body, "GLD_1015") {
		t.Errorf("for another: %d %s", other.status, other.body)
	}
}

// roundTrip delivers, polls Dialogporten and reads the feedback.
func (v vendor) roundTrip(to reporting, bearer, systemUserOrg, organisation string) {
	v.Helper()
	got := v.deliver(to, bearer, organisation)
	var receipt struct{ DialogID, ForsendelseID string }
	decode(v.T, got.body, &receipt)
	if got.status != 200 {
		v.Fatalf("the delivery: %d %s: %s", got.status, got.body, v.why())
	}
	reader, err := v.token("digdir:dialogporten", systemUserOrg, nil)
	if err != nil {
		v.Fatal(err)
	}
	party := dialogs + "?party=urn:altinn:organization:identifier-no:" + organisation
	if list := v.call(http.MethodGet, party, reader, ""); !strings.Contains(list.body, receipt.DialogID) {
		v.Fatalf("the dialogs: %d %s", list.status, list.body)
	}
	var dialog struct {
		Transmissions []struct {
			RelatedTransmissionID string
			Attachments           []struct {
				URLs []struct{ URL, ConsumerType string }
			}
		}
	}
	decode(v.T, v.call(http.MethodGet, dialogs+"/"+receipt.DialogID, reader, "").body, &dialog)
	documents := 0
	for _, transmission := range dialog.Transmissions {
		if transmission.RelatedTransmissionID != receipt.ForsendelseID {
			continue
		}
		for _, attachment := range transmission.Attachments {
			for _, one := range attachment.URLs {
				if one.ConsumerType == "Api" && v.call(http.MethodGet, one.URL, bearer, "").status == 200 {
					documents++
				}
			}
		}
	}
	if documents == 0 {
		v.Errorf("no document of the feedback can be read: %+v", dialog)
	}
}

// TestAccountantReportsForAClient: the accountant's agent reports for the clients that were added to
// it, and the grant names the accountant.
func TestAccountantReportsForAClient(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{})
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
	accountant, client := v.accountant()
	q := v.ask("/systemuser/request/vendor/agent", testkit.AgentBody(accountant))
	if _, err := v.token(gaver.scope, accountant, nil); !refused(err, "MP-303") {
		t.Errorf("a token before the approval: %v", err)
	}
	if got := v.call(http.MethodPost, v.own+"/_sandkasse/altinn/requests/"+q.ID+"/approve", "", ""); got.status != 200 {
		t.Fatalf("approve: %d %s", got.status, got.body)
	}
	bearer, err := v.token(gaver.scope, accountant, nil)
	if err != nil {
		t.Fatal(err)
	}
	if early := v.deliver(gaver, bearer, client); early.status != 403 || !strings.Contains(v.why(),
		"not among its clients") {
		t.Errorf("before the client is added: %d %s: %s", early.status, early.body, v.why())
	}
	clients := v.own + "/_sandkasse/altinn/users/" + q.ID + "/clients"
	if got := v.call(http.MethodPost, clients, "", `{"organisation": "`+client+`"}`); got.status != 200 {
		t.Fatalf("add: %d %s", got.status, got.body)
	}
	if _, err := v.token(gaver.scope, client, nil); !refused(err, "MP-303") {
		t.Errorf("the client in systemuser_org: %v", err)
	}
	if why := v.why(); !strings.Contains(why, "must be the accountant") {
		t.Errorf("the journal says %q", why)
	}
	v.roundTrip(gaver, bearer, accountant, client)
	if got := v.call(http.MethodDelete, clients+"/"+client, "", ""); got.status != 200 {
		t.Fatalf("remove: %d %s", got.status, got.body)
	}
	if late := v.deliver(gaver, bearer, client); late.status != 403 {
		t.Errorf("after the client is removed: %d %s", late.status, late.body)
	}
}

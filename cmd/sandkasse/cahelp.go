package main

// caHelp says how clients are made to trust the CA. It installs nothing.
const caHelp = `Store the CA of a running server in a file first:

  sandkasse ca > sandkasse-ca.pem

It can sign certificates for the imitated hosts, this machine and private
networks, and for nothing else. Let the one program trust it that you test:
a machine that trusts it as a whole takes this server for test.maskinporten.no
and the others wherever it meets it. A new CA is made when the data file is
removed, and without --data at each start; then do this again.

curl
  curl --cacert sandkasse-ca.pem https://...
  or set CURL_CA_BUNDLE=sandkasse-ca.pem (on Windows with Schannel: --cacert)

Node
  NODE_EXTRA_CA_CERTS=sandkasse-ca.pem node app.js

Python
  SSL_CERT_FILE=sandkasse-ca.pem        ssl, urllib, httpx
  REQUESTS_CA_BUNDLE=sandkasse-ca.pem   requests

Java: a copy of its trust store, used by the one program
  cp "$JAVA_HOME/lib/security/cacerts" sandkasse.jks
  keytool -importcert -noprompt -alias sandkasse -file sandkasse-ca.pem \
    -keystore sandkasse.jks -storepass changeit
  java -Djavax.net.ssl.trustStore=sandkasse.jks \
    -Djavax.net.ssl.trustStorePassword=changeit -jar app.jar

.NET
  Linux    SSL_CERT_FILE=sandkasse-ca.pem dotnet run
           which replaces the trusted CAs; put others into the same file
  Windows  certutil -user -addstore Root sandkasse-ca.pem
           undo: delete it in certmgr.msc, under Trusted Root Certification Authorities
  macOS    security add-trusted-cert -r trustRoot \
             -k ~/Library/Keychains/login.keychain-db sandkasse-ca.pem
           undo: security remove-trusted-cert sandkasse-ca.pem

Go
  SSL_CERT_FILE=sandkasse-ca.pem go test ./...   on Linux and BSD
  in a program: tls.Config.RootCAs; of a mock.Server: CACertificate()

Debian and Ubuntu, for all programs of a container
  cp sandkasse-ca.pem /usr/local/share/ca-certificates/sandkasse.crt
  update-ca-certificates

Alpine, for all programs of a container
  apk add ca-certificates
  cp sandkasse-ca.pem /usr/local/share/ca-certificates/sandkasse.crt
  update-ca-certificates

Windows, for all programs of the user
  certutil -user -addstore Root sandkasse-ca.pem

macOS, for all programs of the user
  security add-trusted-cert -r trustRoot \
    -k ~/Library/Keychains/login.keychain-db sandkasse-ca.pem

Firefox
  Settings, Privacy & Security, View Certificates, Authorities, Import
`

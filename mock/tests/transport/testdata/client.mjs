// A client of the reporting API bsu that knows production addresses only. HTTPS_PROXY and NODE_EXTRA_CA_CERTS bring it
// to Sandkasse. Its argument is the file with the document that it delivers.
import { readFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import { SignJWT, generateKeyPair } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

setGlobalDispatcher(new EnvHttpProxyAgent())

const issuer = new URL('https://test.maskinporten.no/')
const clientId = '6f0c0a0e-0000-4000-8000-000000000001'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const { privateKey } = await generateKeyPair('RS256')

const grant = (audience) =>
  new SignJWT({
    scope: 'skatteetaten:innrapporteringboligsparingungdom',
    authorization_details: [{
      type: 'urn:altinn:systemuser',
      systemuser_org: { authority: 'iso6523-actorid-upis', ID: '0192:987654321' },
    }],
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'my-key' })
    .setIssuer(clientId).setAudience(audience).setJti(randomUUID())
    .setIssuedAt().setExpirationTime('100s')
    .sign(privateKey)

// oauth4webapi
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' }))
const client = { client_id: clientId }
const answer = await oauth.genericTokenEndpointRequest(
  as, client, oauth.None(), grantType, { assertion: await grant(as.issuer) })
const token = await oauth.processGenericTokenEndpointResponse(as, client, answer)
console.log('oauth4webapi', as.token_endpoint, token.token_type)

// openid-client
const config = await openid.discovery(issuer, clientId, undefined, openid.None(), { algorithm: 'oauth2' })
const other = await openid.genericGrantRequest(config, grantType, { assertion: await grant(config.serverMetadata().issuer) })
console.log('openid-client', config.serverMetadata().jwks_uri, other.token_type)

// fetch
const delivery = await fetch('https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023', {
  method: 'POST',
  headers: {
    authorization: `Bearer ${other.access_token}`, 'content-type': 'application/json', idempotencyKey: randomUUID(),
  },
  body: await readFile(process.argv[2]),
})
console.log('fetch', delivery.status, await delivery.text())

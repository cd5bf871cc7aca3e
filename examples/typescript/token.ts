// A token from Maskinporten, for delivery.ts.

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** In production the key is the one that you registered at Maskinporten; Sandkasse accepts any. */
export async function accessToken(base: string, organisation: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const unsigned = `${encode({ alg: 'RS256', kid: 'my-key' })}.${encode({
    iss: '6f0c0a0e-0000-4000-8000-000000000001',
    aud: `${base}/maskinporten/`,
    scope: 'skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten',
    iat: now,
    exp: now + 100,
    jti: randomUUID(),
    authorization_details: [{
      type: 'urn:altinn:systemuser',
      systemuser_org: { authority: 'iso6523-actorid-upis', ID: `0192:${organisation}` },
    }],
  })}`
  const assertion = `${unsigned}.${sign('sha256', Buffer.from(unsigned), privateKey).toString('base64url')}`
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  const response = await fetch(`${base}/maskinporten/token`, { method: 'POST', body })
  if (!response.ok) throw new Error(`no token: ${await response.text()}`)
  return ((await response.json()) as { access_token: string }).access_token
}

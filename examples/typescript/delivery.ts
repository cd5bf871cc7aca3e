// Delivers to BSU as in production: a token from Maskinporten, a lost answer, the dialog, the feedback.
//
// Run in a clone, with Node 22.18 or newer and nothing else (older ones: npx tsc, then node):
//     sandkasse serve
//     node examples/typescript/delivery.ts fixtures/examples/bsu.json
// SANDKASSE_URL names a server elsewhere.

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

type Receipt = { dialogId: string; forsendelseId: string }
type Dialog = {
  transmissions: {
    relatedTransmissionId?: string
    attachments: { urls: { mediaType: string; url: string }[] }[]
  }[]
}
type Feedback = {
  tilbakemelding: {
    fil: { leveranse: { leveransestatus: string; oppgaveoppsummering: { antallOppgaver: number } }[] }[]
  }
}

const base = process.env.SANDKASSE_URL ?? 'http://127.0.0.1:8080'

async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`)
  return response
}

/** The key is the one that you registered at Maskinporten; Sandkasse accepts any. */
async function accessToken(organisation: string): Promise<string> {
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
  const response = await ok(await fetch(`${base}/maskinporten/token`, { method: 'POST', body }))
  return ((await response.json()) as { access_token: string }).access_token
}

/** Sends a document until it is answered. Every attempt has the same key, so that there is one delivery. */
async function deliver(document: string, token: string): Promise<Receipt> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    idempotencyKey: randomUUID(),
  }
  for (let attempt = 1; attempt <= 5; attempt++) {
    try {
      const response = await fetch(`${base}/innrapporteringbsu/v1/2023`, { method: 'POST', headers, body: document })
      if (response.status < 500) return (await (await ok(response)).json()) as Receipt
      console.log(`attempt ${attempt}: status ${response.status}`)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error // fetch rejects with a TypeError where there is no answer
      console.log(`attempt ${attempt}: no answer`)
    }
    await sleep(200 * attempt)
  }
  throw new Error('given up; send the same document with the same key later')
}

/** Polls the dialog until the agency has processed the delivery. */
async function feedback(receipt: Receipt, token: string): Promise<Feedback> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  for (let attempt = 0; attempt < 300; attempt++) {
    const response = await ok(await fetch(`${base}/dialogporten/api/v1/enduser/dialogs/${receipt.dialogId}`, { headers }))
    const url = ((await response.json()) as Dialog).transmissions
      .filter((transmission) => transmission.relatedTransmissionId === receipt.forsendelseId)
      .flatMap((transmission) => transmission.attachments)
      .flatMap((attachment) => attachment.urls)
      .find((url) => url.mediaType === 'application/json')?.url
    if (url) return (await (await ok(await fetch(url, { headers }))).json()) as Feedback
    await sleep(200)
  }
  throw new Error('there is no feedback yet')
}

const file = process.argv[2]
if (!file) throw new Error('usage: node delivery.ts FILE')
const token = await accessToken('987654321')
// Only here: the answer to the next delivery gets lost.
await ok(await fetch(`${base}/_sandkasse/plays`, { method: 'POST', body: '{"scenario": "lost-answer"}' }))
const receipt = await deliver(await readFile(file, 'utf8'), token)
console.log('delivered:', receipt.forsendelseId)
for (const { leveranse } of (await feedback(receipt, token)).tilbakemelding.fil) {
  for (const { leveransestatus, oppgaveoppsummering } of leveranse) {
    console.log('feedback:', leveransestatus, oppgaveoppsummering.antallOppgaver)
  }
}

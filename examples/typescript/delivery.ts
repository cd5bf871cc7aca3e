// Delivers to BSU as in production: a token from Maskinporten, a lost answer, the dialog, the feedback.
//
// Run in a clone, with Node 22.18 or newer and nothing else (older ones: npx tsc, then node):
//     sandkasse serve
//     node examples/typescript/delivery.ts fixtures/examples/bsu.json
// SANDKASSE_URL names a server elsewhere.

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessToken } from './token.ts'

type Receipt = { dialogId: string; forsendelseId: string }
type Attachment = { urls: { mediaType: string; url: string }[] }
type Dialog = { transmissions: { relatedTransmissionId?: string; attachments: Attachment[] }[] }
type Leveranse = { leveransestatus: string; oppgaveoppsummering: { antallOppgaver: number } }
type Feedback = { tilbakemelding: { fil: { leveranse: Leveranse[] }[] } }

const base = process.env.SANDKASSE_URL ?? 'http://127.0.0.1:8080'

async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`)
  return response
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
  for (let attempt = 0; attempt < 30; attempt++) {
    const response = await ok(await fetch(`${base}/dialogporten/api/v1/enduser/dialogs/${receipt.dialogId}`, { headers }))
    const url = ((await response.json()) as Dialog).transmissions
      .filter((transmission) => transmission.relatedTransmissionId === receipt.forsendelseId)
      .flatMap((transmission) => transmission.attachments)
      .flatMap((attachment) => attachment.urls)
      .find((url) => url.mediaType === 'application/json')?.url
    if (url) return (await (await ok(await fetch(url, { headers }))).json()) as Feedback
    await sleep(2000)
  }
  throw new Error('there is no feedback yet')
}

const file = process.argv[2]
if (!file) throw new Error('usage: node delivery.ts FILE')
const token = await accessToken(base, '987654321')
// Only here: the answer to the next delivery gets lost.
await ok(await fetch(`${base}/_sandkasse/plays`, { method: 'POST', body: '{"scenario": "lost-answer"}' }))
const receipt = await deliver(await readFile(file, 'utf8'), token)
console.log('delivered:', receipt.forsendelseId)
for (const { leveranse } of (await feedback(receipt, token)).tilbakemelding.fil) {
  for (const { leveransestatus, oppgaveoppsummering } of leveranse) {
    console.log('feedback:', leveransestatus, oppgaveoppsummering.antallOppgaver)
  }
}

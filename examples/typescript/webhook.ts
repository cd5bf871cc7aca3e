// Receives Kobo's webhook messages: checks the key, knows repeated messages, and skips those that come too late.
//
// Run in a clone or anywhere else, with Node 22.18 or newer and nothing else (older ones: npx tsc, then node):
//     node examples/typescript/webhook.ts 9000 my-key
//     curl -X PUT http://127.0.0.1:8080/_sandkasse/kobo/systems/fdvu-1 \
//       -d '{"url": "http://127.0.0.1:9000/", "apiKey": "my-key"}'

import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

type Message = { meldingId: string; koboBoligId: string; hendelse: string; tidspunkt: string }

const [port = '9000', key = 'my-key'] = process.argv.slice(2)
const seen = new Set<string>() // meldingId; in production a table with a unique index
const newest = new Map<string, number>() // by home: the time of its last message

function hasKey(request: IncomingMessage): boolean {
  const [given, expected] = [Buffer.from(String(request.headers['x-api-key'])), Buffer.from(key)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** Messages come at least once, and perhaps late. They carry no data: what counts is the home as it is now. */
function judge(message: Message): string {
  if (seen.has(message.meldingId)) return 'repeated, skipped'
  seen.add(message.meldingId)
  const time = Date.parse(message.tidspunkt)
  if (time < (newest.get(message.koboBoligId) ?? 0)) return 'late, skipped'
  newest.set(message.koboBoligId, time)
  return 'read the home' // GET /kobobolig/{koboBoligId}, in a job of its own
}

const server = createServer(async (request, response) => {
  if (!hasKey(request)) {
    console.log('wrong key')
    response.writeHead(401).end() // Kobo sends the message again
    return
  }
  try {
    const message = (await json(request)) as Message
    console.log(`${message.hendelse}: ${judge(message)}`)
    response.writeHead(204).end() // at once, or Kobo sends the message again
  } catch {
    response.writeHead(400).end()
  }
})
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

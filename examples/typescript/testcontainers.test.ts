// Starts Sandkasse in a container for a test, with Testcontainers for Node. It needs Docker.
//
// Run in a clone, with Node 22.18 or newer and the image of `docker build -t sandkasse .`:
//     npm install --prefix examples/typescript
//     node --test examples/typescript/testcontainers.test.ts
// The tests of Sandkasse check the types in this file; they do not run it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'

let sandkasse: StartedTestContainer
let base: string

before(async () => {
  sandkasse = await new GenericContainer('sandkasse')
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp('/_sandkasse/ready', 8080))
    .start()
  base = `http://${sandkasse.getHost()}:${sandkasse.getMappedPort(8080)}`
})

after(() => sandkasse.stop())

test('a token', async () => {
  const response = await fetch(`${base}/_sandkasse/token?api=bsu&org=987654321`)
  assert.equal(response.status, 200)
  assert.match(await response.text(), /^[\w-]+\.[\w-]+\.[\w-]+$/)
})

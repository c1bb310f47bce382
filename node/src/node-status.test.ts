import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKey } from '@cresset/network-application/testing'
import type { EngineStatus } from '@cresset/network-consensus/interface'
import { StatusReporter } from './node-status.ts'
import { dnsKeyOf, SignedNetwork } from './testing/signed-network.ts'

const DAY_MS = 86_400_000
const anchor = testKey('anchor')

/** What a node says of a zone that was signed so many days ago. */
async function problemsAfter(days: number): Promise<readonly string[]> {
  const network = await SignedNetwork.open({ timeMs: Date.now() - days * DAY_MS })
  const { application } = network
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  const { height } = application.head
  const engine: Partial<EngineStatus> = {
    view: 0,
    highestSeen: height,
    standing: { height, mustReturn: 0, validators: [] } as unknown as EngineStatus['standing'],
  }
  const reporter = new StatusReporter({
    name: 'ada',
    genesis: network.ledger.genesis,
    application,
    consensusKey: testKey('consensus ada').publicKey,
    tlsFingerprint: '',
    kind: undefined,
    // Who is removed has no part in agreement, of which this is no test.
    membership: { self: undefined, state: 'waiting', votes: false },
    versions: {},
    engine: () => engine as EngineStatus,
    peers: () => [],
    nameOf: () => undefined,
  })
  return reporter.status().problems
}

test('a node says two weeks ahead that the signatures over the keys of a zone run out, and then that they have', async () => {
  // Windows of 14 days and 3 more, the fourth of which ends after 59.
  assert.deepEqual(await problemsAfter(44), [])
  const [soon, ...more] = await problemsAfter(46)
  assert.match(soon ?? '', /^the signatures over the keys of acme run out at \d{4}-\d\d-\d\d .* UTC: /)
  assert.deepEqual(more, [])
  assert.match((await problemsAfter(60))[0] ?? '', /^the signatures over the keys of acme have run out: /)
})

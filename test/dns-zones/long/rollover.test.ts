import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyPair } from '@cresset/core-crypto'
import { readZoneDnskey, type ZoneDnskey, zoneDnskeyRdata } from '@cresset/core-ledger'
import { serveDns } from '@cresset/dns-server'
import { formatRdata, RecordType } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Asking } from '../asking.ts'
import { Unbound } from '../unbound.ts'

const ttlSeconds = 2
const anchorFlags = 257
const [first, second] = [testKey('first anchor'), testKey('second anchor')]

/** Where a resolver that follows anchors by itself keeps them. */
const followed = 'acme.key'

interface SignedZone {
  readonly network: SignedNetwork
  readonly unbound: Unbound
  readonly asking: Asking
  close(): Promise<void>
}

/** A network whose zone is signed and served by a node with these keys, and a resolver that trusts the first anchor and is asked all the time. */
async function serveSignedZone(folder: string, zoneKeys: readonly KeyPair[]): Promise<SignedZone> {
  const network = await SignedNetwork.open({ settings: { minTtlSeconds: '0' }, timeMs: Date.now() - 60_000 })
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [first.publicKey] } })
  const plane = network.plane(zoneKeys)
  await network.publishKeys({ anchors: [first], nodeKeys: zoneKeys.slice(0, 1), ttlSeconds })
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: plane.source })
  const dnskey = formatRdata(RecordType.DNSKEY, zoneDnskeyRdata(first.publicKey, anchorFlags))
  const path = join(folder, followed)
  await writeFile(path, `acme. ${ttlSeconds} IN DNSKEY ${dnskey}\n`)
  // What is short here is short for the test: 30 days are usual.
  const shortTimes = ['add-holddown: 6', 'del-holddown: 6', 'permit-small-holddown: yes']
  const more = [`auto-trust-anchor-file: "${path}"`, ...shortTimes]
  try {
    const unbound = await Unbound.start({ folder, stubs: { 'acme.': server.port }, more })
    const asking = new Asking(unbound, (round) => ({ 'acme NS': 'NOERROR', [`absent${round}.acme A`]: 'NXDOMAIN' }))
    return {
      network,
      unbound,
      asking,
      async close() {
        await asking.end()
        await unbound.stop()
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-rollover-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function assertNoneFailed(asking: Asking): Promise<void> {
  // Whatever the resolver remembers of before has ended by then.
  await pause(2 * ttlSeconds * 1_000)
  await asking.end()
  assert.deepEqual(asking.failures, [])
  assert.ok(asking.answered > 20, `${asking.answered} answers`)
}

const options = { skip: skipWithout('unbound'), timeout: 110_000 }

test('RFC 5011: the anchor is replaced under a resolver that follows it, and no query fails', options, () =>
  withFolder(async (folder) => {
    const nodeKeys = [dnsKeyOf('ada')]
    const zone = await serveSignedZone(folder, nodeKeys)
    const { network, asking } = zone
    /** What the resolver knows of the anchors, once it has come to it. */
    const untilFileHas = async (pattern: RegExp): Promise<void> => {
      const untilMs = Date.now() + 80_000
      for (let text = ''; !pattern.test(text); await pause(100)) {
        text = await readFile(join(folder, followed), 'utf8')
        assert.ok(Date.now() < untilMs, `${pattern} in ${text}`)
      }
    }
    try {
      await network.publishKeys({ anchors: [first], added: [second], nodeKeys, ttlSeconds })
      const { tag } = readZoneDnskey(zoneDnskeyRdata(second.publicKey, anchorFlags)) as ZoneDnskey
      await untilFileHas(new RegExp(`id = ${tag} .*\\[ *VALID`))
      await network.publishKeys({ anchors: [second], revoked: [first], nodeKeys, ttlSeconds })
      await untilFileHas(/REVOKED/)
      await network.publishKeys({ anchors: [second], nodeKeys, ttlSeconds })
      await assertNoneFailed(asking)
    } finally {
      await zone.close()
    }
  }),
)

test("a node's key is replaced under a validating resolver, and no query fails", options, () =>
  withFolder(async (folder) => {
    const [old, next] = [dnsKeyOf('ada'), dnsKeyOf('bob')]
    const zone = await serveSignedZone(folder, [old, next])
    const { network, asking } = zone
    try {
      await network.publishKeys({ anchors: [first], nodeKeys: [old, next], ttlSeconds })
      await pause(ttlSeconds * 1_000)
      // The next key begins to sign when no resolver remembers the set without it.
      await network.commit(0, undefined, ttlSeconds * 1_000 + 60_000)
      await pause(ttlSeconds * 1_000)
      await network.publishKeys({ anchors: [first], nodeKeys: [next], ttlSeconds })
      await assertNoneFailed(asking)
    } finally {
      await zone.close()
    }
  }),
)

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import { skipWithout } from '../../../tools/system-tools.ts'
import { LedgerPrimary, secret, serialAt, transferKey } from '../ledger-primary.ts'
import { freePort, startKnotSecondary, startNsdSecondary } from '../secondary-servers.ts'

/** The least that a ledger takes. */
const EXPIRE_SECONDS = 60
const settings = { soaRefreshSeconds: '2', soaRetrySeconds: '1', soaExpireSeconds: `${EXPIRE_SECONDS}` }
/** As an idle network makes blocks. */
const HEARTBEAT_MS = 5_000

test('secondaries of an idle ledger keep its zone; of one that stands still they give it up, and take it again when it goes on', {
  skip: skipWithout('knotd', 'nsd'),
  timeout: 400_000,
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-ledger-expiry-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const network = await SignedNetwork.open({ settings, timeMs: Date.now() - 60_000 })
  const anchor = testKey('anchor')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  const key = transferKey
  const [port, knotPort, nsdPort] = [await freePort(), await freePort(), await freePort()]
  const notify = [knotPort, nsdPort].map((at) => ({ address: '127.0.0.1', port: at, key }))
  const primary = await LedgerPrimary.open({ network, nodeKey: dnsKeyOf('ada'), keys: [key], notify, port, folder })
  context.after(() => primary.close())
  const common = {
    primaryPort: port,
    secret,
    zones: ['acme.'],
    hasDigest: false,
  }
  const knot = await startKnotSecondary({ ...common, folder: join(folder, 'knot'), port: knotPort })
  context.after(() => knot.stop())
  const nsd = await startNsdSecondary({ ...common, folder: join(folder, 'nsd'), port: nsdPort })
  context.after(() => nsd.stop())
  const ports = { primary: port, knot: knotPort, nsd: nsdPort }
  const log = (): string => `${knot.log().slice(-3_000)}\n${nsd.log().slice(-3_000)}`
  /** Who has the zone now. */
  const having = async (): Promise<string[]> => {
    const known = await Promise.all(
      Object.entries(ports).map(async ([name, at]) => [name, await serialAt(at)] as const),
    )
    return known.filter(([, serial]) => serial !== undefined).map(([name]) => name)
  }
  const pass = async (seconds: number, hasBlocks: boolean): Promise<void> => {
    const untilMs = Date.now() + seconds * 1_000
    for (let last = 0; Date.now() < untilMs; await pause(500)) {
      // A block's time is that of now.
      if (hasBlocks && Date.now() - last > HEARTBEAT_MS) {
        last = Date.now()
        await network.commit(0, undefined, last - network.timeMs)
        await primary.transfers.update()
      }
      primary.plane.checkFreshness(Date.now())
    }
  }
  const until = async (who: readonly string[], seconds: number, hasBlocks: boolean): Promise<void> => {
    const untilMs = Date.now() + seconds * 1_000
    let have = await having()
    for (; have.join() !== who.join(); have = await having()) {
      assert.ok(Date.now() < untilMs, `${have.join()} instead of ${who.join()}\n${log()}`)
      await pass(1, hasBlocks)
    }
  }
  const all = ['primary', 'knot', 'nsd']
  await until(all, 20, true)
  await pass(EXPIRE_SECONDS + 15, true)
  assert.deepEqual(await having(), all, log())
  // No block any more. What the primary has is too old after a while; the secondaries heard of it until then.
  await until(['knot', 'nsd'], EXPIRE_SECONDS + 15, false)
  await until([], 2 * EXPIRE_SECONDS, false)
  await until(all, 60, true)
})

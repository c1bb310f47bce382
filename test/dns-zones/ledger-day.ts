import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { accountOf } from '@cresset/core-crypto'
import type { LedgerChange } from '@cresset/core-ledger'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork, type Step } from '@cresset/node/testing'
import { digKey, LedgerPrimary, run, secret, serialAt, transferKey, transferred } from './ledger-primary.ts'
import { freePort, startKnotSecondary, startNsdSecondary } from './secondary-servers.ts'

export interface LedgerDayOptions {
  /** For the servers' files. */
  readonly folder: string
  readonly seed: number
  readonly hours: number
  readonly names: number
  readonly blocksPerHour: number
  readonly changesPerBlock: number
  /** Secondaries are waited for this often; in between they hear of versions faster than they can follow. */
  readonly followEveryHours: number
}

export interface LedgerDay {
  readonly blocks: number
  readonly changes: number
  /** Records of the zone at the end. */
  readonly records: number
  /** Transfers that the primary answered. */
  readonly transfers: Readonly<Record<'whole' | 'changes' | 'soaOnly' | 'refused', number>>
  /** What is not as it must be, for people. */
  readonly faults: readonly string[]
}

const hourMs = 3_600_000
const FOLLOW_MS = 60_000
const hosts = ['', 'www', 'mail', 'a.b', 'x.y.z', 'b']

/**
 * Names of a signed ledger zone change for so many hours of block time, which pass as fast as they can, up to now, and once the rules, its
 * servers and its keys; Knot and NSD follow. For the third quarter of the time the primary cannot be reached. At the end both have what it has, and tools find it well signed.
 */
export async function runLedgerDay(options: LedgerDayOptions): Promise<LedgerDay> {
  const { folder, hours, blocksPerHour } = options
  const random = randomFrom(options.seed)
  const network = await SignedNetwork.open({ timeMs: Date.now() - (hours + 1) * hourMs })
  const anchor = testKey('anchor')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor] })
  const names = Array.from({ length: options.names }, (_, index) => `name${index}.acme`)
  await network.register(0, names)
  const key = transferKey
  const [port, knotPort, nsdPort] = [await freePort(), await freePort(), await freePort()]
  const notify = [knotPort, nsdPort].map((at) => ({ address: '127.0.0.1', port: at, key }))
  const primary = await LedgerPrimary.open({ network, nodeKey: dnsKeyOf('ada'), keys: [key], notify, port, folder })
  const closing: { close(): Promise<unknown> }[] = [primary]
  try {
    const common = { primaryPort: port, secret, zones: ['acme.'], hasDigest: false }
    const knot = await startKnotSecondary({ ...common, folder: join(folder, 'knot'), port: knotPort })
    closing.push({ close: () => knot.stop() })
    const nsd = await startNsdSecondary({ ...common, folder: join(folder, 'nsd'), port: nsdPort })
    closing.push({ close: () => nsd.stop() })
    const follow = async (): Promise<string[]> => {
      await primary.transfers.update()
      const untilMs = Date.now() + FOLLOW_MS
      for (const { name, port: at, log } of [knot, nsd])
        for (; (await serialAt(at)) !== primary.plane.serial('acme'); await pause(20))
          if (Date.now() > untilMs) return [`${name} stays behind:\n${log().slice(-4_000)}`]
      return []
    }
    const faults: string[] = await follow()
    const present = new Set<string>()
    let changes = 0
    const events = new Map<number, () => Promise<unknown>>([
      // All of the zone is made anew; its servers change; its keys do.
      [Math.floor(hours / 4), () => network.decide(otherRules)],
      [Math.floor(hours / 3), () => network.decide({ kind: 'removeNode', body: { node: idOf('dan') } })],
      [Math.floor((hours * 2) / 3), () => network.publishKeys({ anchors: [anchor] })],
    ])
    for (let hour = 0; hour < hours && faults.length === 0; hour++) {
      await events.get(hour)?.()
      if (hour === Math.floor(hours / 2)) await primary.disconnect()
      if (hour === Math.floor((hours * 3) / 4)) await primary.connect()
      for (let block = 0; block < blocksPerHour; block++) {
        const steps = Array.from({ length: random(options.changesPerBlock + 1) }, () =>
          changeOf(network, names, present, random),
        )
        changes += steps.length
        await network.commitAll(steps, hourMs / blocksPerHour)
        void primary.transfers.update()
      }
      // What the background does every ten minutes.
      for (const _signature of primary.plane.signAll());
      const isReachable = hour < Math.floor(hours / 2) || hour >= Math.floor((hours * 3) / 4)
      if (isReachable && (hour + 1) % options.followEveryHours === 0) faults.push(...(await follow()))
    }
    faults.push(...(await follow()))
    const ours = await transferred(port, 'acme', digKey)
    for (const { name, port: at } of [knot, nsd])
      faults.push(...differencesOf(name, ours, await transferred(at, 'acme', digKey)))
    faults.push(...(await verify(join(folder, 'acme.zone'), ours)))
    return {
      blocks: hours * blocksPerHour,
      changes,
      records: ours.length,
      transfers: primary.transfers.counters,
      faults,
    }
  } finally {
    for (const each of closing.reverse()) await each.close()
  }
}

const otherRules: LedgerChange = { kind: 'parameters', body: { changes: [{ name: 'graceMs', value: 86_400_000n }] } }
const idOf = (node: string): Uint8Array => accountOf(testKey(`identity ${node}`).publicKey)

/** A server of its own for what is below a name, or no more. */
function delegation(name: string, isThere: boolean): Step {
  const servers = [{ name: `ns.t.${name}`, addresses: [Uint8Array.of(203, 0, 113, 1)] }]
  const content = { servers, ttlSeconds: undefined, signers: [], updateKey: undefined, certificate: undefined }
  const body = { name, host: 't', delegation: isThere ? content : undefined }
  return { user: 0, action: { kind: 'setDelegation', body } }
}

function changeOf(
  network: SignedNetwork,
  names: readonly string[],
  present: Set<string>,
  random: (below: number) => number,
): Step {
  const [name, host] = [names[random(names.length)] as string, hosts[random(hosts.length)] as string]
  if (random(6) === 0) {
    const isThere = !present.delete(`t ${name}`)
    if (isThere) present.add(`t ${name}`)
    return delegation(name, isThere)
  }
  const place = `${host} ${name}`
  if (present.has(place) && random(3) === 0) {
    present.delete(place)
    return network.publishing(0, name, host, undefined)
  }
  present.add(place)
  return network.publishing(0, name, host, Uint8Array.of(198, 51, 100, random(256)))
}

/** What one has and the other has not, a few lines of each. */
function differencesOf(name: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const [own, other] = [new Set(ours), new Set(theirs)]
  const missing = ours.filter((line) => !other.has(line)).slice(0, 5)
  const strange = theirs.filter((line) => !own.has(line)).slice(0, 5)
  if (ours.length < 10) return [`${name}: there is nothing to compare`]
  return [...missing.map((line) => `${name} lacks ${line}`), ...strange.map((line) => `${name} has also ${line}`)]
}

async function verify(path: string, lines: readonly string[]): Promise<string[]> {
  await writeFile(path, `${lines.join('\n')}\n`)
  const checks = [
    ['ldns-verify-zone', path],
    ['kzonecheck', '-d', 'on', '-o', 'acme', path],
  ] as const
  const done = await Promise.all(
    checks.map(async ([program, ...given]) => ({ program, ...(await run(program, given)) })),
  )
  return done.flatMap(({ program, status, output }) => (status === 0 ? [] : [`${program}: ${output}`]))
}

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

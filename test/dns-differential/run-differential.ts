import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { answer, ZoneFiles } from '@cresset/dns-server'
import { buildQuery, lowerCaseName, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { type Comparison, explain } from './accepted.ts'
import { type Comparable, comparable, differences } from './compare.ts'
import { addTo, DifferentialSum } from './differential-sum.ts'
import { type Peer, startKnot, startNsd } from './peers.ts'
import { rulesOf } from './rules.ts'
import { type Denial, Signer } from './signer.ts'
import { type MadeZone, makeZone, namesToAsk } from './zone-maker.ts'

export interface DifferentialOptions {
  readonly seed: number
  /** Zones are made of the seed and their number: this is the first one. Default 0. */
  readonly first?: number
  readonly zones: number
  /** No zone is begun after this time. */
  readonly budgetMs?: number
  report?(line: string): void
}

const denials: readonly Denial[] = ['none', 'nsec', 'nsec3', 'nsec3-opt-out']
const types = ['A', 'CNAME', 'DNAME', 'NS', 'MX', 'TXT', 'DS', 'HTTPS'] as const
const ZONES_A_START = 40
const LOAD_MS = 60_000
const QUESTIONS_AT_A_TIME = 500

interface Served extends MadeZone {
  readonly denial: Denial
  readonly file: string
}

/** Asks this server, Knot and NSD the same questions about the same zones. */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialSum> {
  const { seed, first: begin = 0, zones, budgetMs = Number.POSITIVE_INFINITY, report } = options
  const startedMs = Date.now()
  const untilMs = startedMs + budgetMs
  const end = begin + zones
  const run = new Run()
  const folder = await mkdtemp(join(tmpdir(), 'cresset-differential-'))
  try {
    const signer = await Signer.create(join(folder, 'keys'))
    for (let first = begin; first < end && Date.now() < untilMs; first += ZONES_A_START) {
      const last = Math.min(end, first + ZONES_A_START)
      const batch = join(folder, String(first))
      await mkdir(batch)
      await run.batch(await makeBatch(batch, signer, seed, first, last), batch)
      const { sum } = run
      sum.seconds = (Date.now() - startedMs) / 1_000
      report?.(`  … ${last} zones, ${sum.queries} questions, ${sum.unexplainedCount} differences unexplained`)
      await rm(batch, { recursive: true })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return run.sum
}

async function makeBatch(folder: string, signer: Signer, seed: number, first: number, last: number): Promise<Served[]> {
  const zones: Served[] = []
  for (let index = first; index < last; index++) {
    const denial = denials[index % denials.length] as Denial
    const zone = makeZone(`z${index}.test.`, `${seed} ${index}`, denial)
    const file = join(folder, `z${index}`)
    await writeFile(file, zone.text)
    zones.push({ ...zone, denial, file: await signer.sign(zone.apex, file, denial) })
  }
  return zones
}

class Run {
  readonly sum = new DifferentialSum()

  async batch(zones: readonly Served[], folder: string): Promise<void> {
    const files = new ZoneFiles(
      zones.map(({ apex, file }) => ({ apex: lowerCaseName(parseAbsoluteName(apex)), path: file })),
    )
    for (const { outcome, reason } of await files.load())
      if (outcome !== 'loaded') throw new Error(`a zone that was made is not served: ${reason}`)
    const peers: Peer[] = []
    try {
      peers.push(await startKnot(join(folder, 'knot'), zones))
      peers.push(await startNsd(join(folder, 'nsd'), zones))
      for (const peer of peers) await loaded(peer, zones)
      for (const zone of zones) await this.#zone(zone, files, peers)
    } finally {
      for (const peer of peers) await peer.stop()
    }
  }

  async #zone(zone: Served, files: ZoneFiles, peers: readonly Peer[]): Promise<void> {
    this.sum.zones += 1
    const comparing: Promise<void>[] = []
    for (const name of namesToAsk(zone)) {
      for (const type of types) {
        for (const dnssecOk of zone.denial === 'none' ? [false] : [false, true]) {
          const query = question(name, type, dnssecOk)
          const ours = comparable(answer(query, files.source, { transport: 'tcp' }) as Uint8Array)
          this.sum.queries += 1
          for (const rule of rulesOf(zone, name, type, dnssecOk, ours)) addTo(this.sum.rules, rule)
          for (const peer of peers) {
            const given = { peer: peer.name, zone, denial: zone.denial, name, type, dnssecOk, ours }
            comparing.push(peer.ask(query).then((response) => this.#compare(given, comparable(response))))
          }
        }
      }
      // Enough at a time to keep both peers busy: after each pause of the line TCP may wait for an acknowledgement.
      if (comparing.length >= QUESTIONS_AT_A_TIME) await Promise.all(comparing.splice(0))
    }
    await Promise.all(comparing)
  }

  #compare(given: Omit<Comparison, 'theirs' | 'differences'>, theirs: Comparable): void {
    const found = differences(given.ours, theirs)
    if (found.length === 0) return
    const comparison = { ...given, theirs, differences: found }
    const known = explain(comparison)
    for (const { clause, reason } of known) addTo(this.sum.accepted, `${given.peer}: ${clause}: ${reason}`)
    if (known.length > 0) return
    this.sum.unexplainedCount += 1
    const { peer, zone, denial, name, type, dnssecOk } = given
    const text = JSON.stringify({ differences: found, ours: given.ours, theirs }, null, 1)
    this.sum.keep(`${peer}, ${denial}: ${name} ${type}${dnssecOk ? ' with DO' : ''}\n${text}\n${zone.text}`)
  }
}

function question(name: string, type: keyof typeof RecordType, dnssecOk: boolean): Uint8Array {
  return buildQuery({ id: 1, name: parseAbsoluteName(name), type: RecordType[type], dnssecOk, udpPayloadBytes: 4_096 })
}

/** Waits until the peer answers for each zone; there is no event for that. */
async function loaded(peer: Peer, zones: readonly Served[]): Promise<void> {
  const untilMs = Date.now() + LOAD_MS
  for (const { apex, file } of zones) {
    while (comparable(await peer.ask(question(apex, 'SOA', false))).rcode !== 'NOERROR') {
      if (Date.now() > untilMs) throw new Error(`${peer.name} does not serve ${file}`)
      await pause(50)
    }
  }
}

/**
 * The server that hostile messages are sent to, in a process of its own, so that its heap is its own. Arguments: a folder. Told
 * `measure` by its parent, it collects garbage and says what it holds.
 */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DnskeyFlags,
  type DnsServer,
  type DnsServerOptions,
  type MemoryZone,
  parsePrefix,
  RateLimiter,
  serveDns,
  TsigKey,
  UpdateServer,
  type UpdateTarget,
  type ZoneFileOptions,
  ZoneFiles,
  type ZoneSigning,
  type ZoneSource,
  zoneKeyOf,
} from '@cresset/dns-server'
import { equalNames, parseAbsoluteName } from '@cresset/dns-wire'
import { keyDenial } from '../../dns/server/src/compact/key-denial.ts'
import { hostileZones, tsigKey, zoneFileText } from './hostile-zones.ts'

export interface Measure {
  /** Of the heap and of what it holds outside, after a collection. */
  readonly heapBytes: number
  readonly connections: number
  readonly udpQueries: number
  readonly tcpQueries: number
  readonly responses: number
  readonly dropped: number
  readonly failures: number
}

export type FromServer =
  /** `proxyPort` is for proxies, which tell before each query who asks. */
  | { readonly kind: 'ready'; readonly port: number; readonly proxyPort: number }
  | { readonly kind: 'measure'; readonly measure: Measure }
  | { readonly kind: 'failure'; readonly error: string }

/** Connections without a query end after this: before each look at the heap the run waits for the last of them. */
const IDLE_TIMEOUT_MS = 400

const STARTED_SECONDS = Math.floor(Date.now() / 1_000)

const tell = (message: FromServer): void => {
  process.send?.(message)
}

/** One set of files signed, one not: a set is one or the other. */
async function zonesOf(folder: string, isSigned: boolean): Promise<ZoneFiles> {
  const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, DnskeyFlags.entryPoint)
  const isCompact = (apex: Uint8Array): boolean => equalNames(apex, parseAbsoluteName('compact.test.'))
  const signing: ZoneSigning = {
    keysOf: async () => ({ keys: [key] }),
    serialFor: async (_apex, serial) => serial,
    denialOf: (apex) => (isCompact(apex) ? 'compact' : 'chain'),
  }
  const files: ZoneFileOptions[] = []
  for (const [apex, denial] of Object.entries(hostileZones)) {
    if ((denial === 'nsec' || denial === 'compact') !== isSigned) continue
    const path = join(folder, apex)
    await writeFile(path, zoneFileText(denial))
    files.push({ apex: parseAbsoluteName(apex), path })
  }
  const zones = new ZoneFiles(files, isSigned ? signing : undefined)
  for (const { outcome, reason } of await zones.load())
    if (outcome !== 'loaded') throw new Error(`a zone of the test is not served: ${reason}`)
  // Of one time: answers before and after the flood are compared, and hours change.
  const compact = zones.zones.zone(parseAbsoluteName('compact.test.'))
  if (compact !== undefined) compact.compact = keyDenial([key], () => STARTED_SECONDS)
  return zones
}

/** Updates are decided and not carried out: answers before and after the flood are compared. */
function updatesOf(
  source: ZoneSource,
  zoneOf: (apex: Uint8Array) => MemoryZone | undefined,
  keys: readonly TsigKey[],
): UpdateServer {
  const grants = Object.keys(hostileZones).flatMap((zone) =>
    keys.map(({ name }) => ({ keyName: name, top: parseAbsoluteName(zone), types: undefined })),
  )
  const update: UpdateTarget['update'] = async (apex, plan) => {
    const zone = zoneOf(apex)
    const planned = zone === undefined ? undefined : plan(zone)
    const answer = planned?.kind === 'answer' ? planned : { rcode: 0, text: '' }
    return { rcode: answer.rcode, text: answer.text, kind: 'unchanged' }
  }
  // Answers are remembered for ten minutes: by this clock they go again while the run lasts, or its heap would grow for so long.
  const nowMs = (): number => performance.now() * 60
  return new UpdateServer({ keys, grants, updatesPerSecond: 10_000 }, { source, update }, nowMs)
}

async function main(folder: string): Promise<void> {
  const signed = await zonesOf(folder, true)
  const plain = await zonesOf(folder, false)
  const isSigned = (name: Uint8Array): boolean => signed.zones.zone(name) !== undefined
  const keys = [new TsigKey(tsigKey.name, 'hmac-sha256', tsigKey.secret)]
  const prefixes = [parsePrefix('127.0.0.0/8')!]
  const onFailure = (error: unknown): void =>
    tell({ kind: 'failure', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  const source: ZoneSource = {
    isStale: false,
    generation: 1,
    findZone: (name, offset) => signed.source.findZone(name, offset) ?? plain.source.findZone(name, offset),
  }
  const options: DnsServerOptions = {
    address: '127.0.0.1',
    port: 0,
    source,
    updates: updatesOf(source, (apex) => (isSigned(apex) ? signed : plain).zones.zone(apex), keys),
    // Whoever is limited is told to come by TCP: nothing is dropped, and the flood goes through the limiter too.
    rateLimiter: new RateLimiter({ responsesPerSecond: 500, slip: 1, nowMs: () => performance.now() }),
    nsid: new Uint8Array(12).fill(0x6e),
    transfers: {
      source: { zone: (apex) => (isSigned(apex) ? signed : plain).zones.zone(apex) },
      rules: { keys, prefixes },
    },
    udp: { onFailure },
    tcp: { onFailure, idleTimeoutMs: IDLE_TIMEOUT_MS },
  }
  const servers = [await serveDns(options), await serveDns({ ...options, proxyFrom: prefixes })] as const
  const sum = (of: (server: DnsServer) => number): number => servers.reduce((total, server) => total + of(server), 0)
  process.on('message', () => {
    // Twice: what the first one finalizes, the second one frees.
    for (let round = 0; round < 2; round++) globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    tell({
      kind: 'measure',
      measure: {
        heapBytes: heapUsed + external,
        connections: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
        udpQueries: sum(({ udp }) => udp.counters.queries),
        tcpQueries: sum(({ tcp }) => tcp.counters.queries),
        responses: sum(({ udp, tcp }) => udp.counters.responses + tcp.counters.responses),
        dropped: sum(({ udp, tcp }) => udp.counters.dropped + tcp.counters.dropped),
        failures: sum(({ udp, tcp }) => udp.counters.failures + tcp.counters.failures),
      },
    })
  })
  process.on('disconnect', () => process.exit())
  tell({ kind: 'ready', port: servers[0].port, proxyPort: servers[1].port })
}

if (import.meta.main) await main(process.argv[2] as string)

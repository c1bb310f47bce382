import { setTimeout } from 'node:timers/promises'
import { utf8 } from '@cresset/core-codec'
import {
  Notifier,
  type NotifyFailure,
  type NotifyTarget,
  serveDns,
  type TransferCounters,
  type TransferRules,
  ZoneFileError,
  type ZoneFileOptions,
  ZoneFiles,
  type ZoneLoad,
} from '@cresset/dns-server'
import { RecordType } from '@cresset/dns-wire'
import { type Listen, listenToText } from '../folder/node-file.ts'
import { listening } from '../listening.ts'
import { Resources } from '../resources.ts'
import { StartError } from '../start-error.ts'
import { ZoneSigningFolder } from './zone-signing.ts'

export interface ZoneServerOptions {
  readonly zones: readonly ZoneFileOptions[]
  readonly listen: readonly Listen[]
  /** Greatest UDP response, 512 to 65,535 bytes; default 1232. */
  readonly maxUdpBytes?: number | undefined
  /** Sign the zones, with keys in this folder. */
  readonly keyFolder?: string | undefined
  /** Told of what became of the zones each time they are signed again by themselves. */
  readonly onResigned?: (loads: readonly ZoneLoad[]) => void
  /** Who may take the zones as a whole, by TSIG key or by address. */
  readonly transfers?: TransferRules | undefined
  /** What was given to them is counted here. */
  readonly transferCounters?: TransferCounters | undefined
  /** Secondaries that are told of new serials (RFC 1996). */
  readonly notify?: readonly NotifyTarget[] | undefined
  /** Told of each that did not take the message. */
  readonly onNotifyFailure?: (failure: NotifyFailure) => void
  /** Told to clients that ask who answers (NSID, RFC 5001). */
  readonly nsid?: string | undefined
}

export interface ZoneServer {
  /** `HOST:PORT` of each listener, UDP and TCP on the same one. */
  readonly endpoints: readonly string[]
  /** What became of each zone at the start. */
  readonly loads: readonly ZoneLoad[]
  /** Reads the files that changed. Queries are answered meanwhile, from the zones as they were. */
  reload(): Promise<readonly ZoneLoad[]>
  stop(): Promise<void>
}

/** Signatures hold three days: two days are left when they are made again. */
const RESIGN_MS = 86_400_000
/** Until it is tried again, when a zone could not be signed. */
const RETRY_MS = 3_600_000

/**
 * Answers from master files, without a ledger. Nothing is served unless all zones can be.
 * @throws StartError
 */
export async function serveZoneFiles(options: ZoneServerOptions): Promise<ZoneServer> {
  const zones = openZones(options)
  const loads = await zones.load()
  const failed = loads.find(({ outcome }) => outcome === 'kept')
  if (failed !== undefined) throw new StartError('configuration', failed.reason ?? 'a zone cannot be served')
  const resources = new Resources()
  const endpoints: string[] = []
  const { maxUdpBytes, nsid, transfers, transferCounters } = options
  const counting = transferCounters === undefined ? {} : { counters: transferCounters }
  try {
    for (const at of options.listen) {
      const server = await listening('DNS', '--listen', at, () =>
        serveDns({
          address: at.host,
          port: at.port,
          source: zones.source,
          ...(maxUdpBytes === undefined ? {} : { maxUdpBytes }),
          ...(nsid === undefined ? {} : { nsid: utf8(nsid) }),
          ...(transfers === undefined ? {} : { transfers: { source: zones.zones, rules: transfers, ...counting } }),
        }),
      )
      resources.add(server)
      endpoints.push(listenToText({ host: server.address, port: server.port }))
    }
  } catch (error) {
    await resources.close()
    throw error
  }
  const tell = notifying(options, zones, resources)
  tell(loads)
  // One reading at a time: the second of two must not put an older zone in the place of a newer.
  let reading: Promise<readonly ZoneLoad[]> = Promise.resolve(loads)
  const after = (read: () => Promise<ZoneLoad[]>): Promise<readonly ZoneLoad[]> => {
    // What went wrong with an earlier one was told to who asked for it.
    reading = reading.then(read, read).then((loads) => {
      tell(loads)
      return loads
    })
    return reading
  }
  if (options.keyFolder !== undefined) {
    const stopped = new AbortController()
    resources.add({ close: () => stopped.abort() })
    void resignDaily(() => after(() => zones.resign()), stopped.signal, options.onResigned)
  }
  return {
    endpoints,
    loads,
    reload: () => after(() => zones.load()),
    stop: () => resources.close(),
  }
}

/** Tells the secondaries of each zone that has a new serial: at the start of all, since they may have changed meanwhile. */
function notifying(
  { notify = [], onNotifyFailure }: ZoneServerOptions,
  zones: ZoneFiles,
  resources: Resources,
): (loads: readonly ZoneLoad[]) => void {
  if (notify.length === 0) return () => undefined
  const notifier = new Notifier({ targets: notify, ...(onNotifyFailure && { onGivenUp: onNotifyFailure }) })
  resources.add(notifier)
  return (loads) => {
    for (const { apex, outcome, hasStaleSerial } of loads) {
      const zone = outcome === 'loaded' && hasStaleSerial !== true ? zones.zones.zone(apex) : undefined
      const soa = zone?.rrset(zone.apexOwner, RecordType.SOA)
      if (soa !== undefined) notifier.notify(apex, soa.slice())
    }
  }
}

async function resignDaily(
  resign: () => Promise<readonly ZoneLoad[]>,
  stopped: AbortSignal,
  tell: ZoneServerOptions['onResigned'],
): Promise<void> {
  for (let waitMs = RESIGN_MS; ; ) {
    await setTimeout(waitMs, undefined, { signal: stopped }).catch(() => undefined)
    if (stopped.aborted) return
    const loads = await resign()
    tell?.(loads)
    waitMs = loads.some(({ outcome }) => outcome === 'kept') ? RETRY_MS : RESIGN_MS
  }
}

function openZones({ zones, keyFolder }: ZoneServerOptions): ZoneFiles {
  try {
    return new ZoneFiles(zones, keyFolder === undefined ? undefined : new ZoneSigningFolder(keyFolder))
  } catch (error) {
    if (error instanceof ZoneFileError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}

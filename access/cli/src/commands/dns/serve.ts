import { equalNames, formatRdata, RecordType } from '@cresset/dns-wire'
import type { NotifyFailure, NotifyTarget, Prefix, TransferRules, ZoneLoad } from '@cresset/node'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type CommandKit, repeated } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { columns, type Output } from '../../terminal/output.ts'
import { withNodeErrors } from '../node/start-problem.ts'
import { controlSocket } from './control-socket.ts'
import { listenPlaces } from './listen-places.ts'
import { addNameServerOptions, type NameServerOptions } from './name-server-options.ts'
import { counted, remarkLine } from './remarks.ts'
import { addSigningOptions, type SigningOptions, signingOf } from './signing-options.ts'
import { addTlsOptions, type TlsServingOptions, tlsOf, tlsRulesOf } from './tls-options.ts'
import { addTransferOptions, type TransferOptions } from './transfer-options.ts'
import { addUpdateOptions, type UpdateOptions, updatesOf } from './update-options.ts'
import { zoneName, zoneText } from './zone-name.ts'

interface ZoneFile {
  readonly apex: Uint8Array
  readonly path: string
}

interface Options extends NameServerOptions, SigningOptions, TransferOptions, TlsServingOptions, UpdateOptions {
  readonly zone?: readonly ZoneFile[]
  readonly zoneList?: string
  readonly listen: readonly string[]
  readonly metrics?: string
}

/** A long list of warnings is what "dns check" is for. */
const MAX_SHOWN_WARNINGS = 5

/** `NAME:FILE`; a name has no colon, a file's path may. */
function zoneFile(text: string, earlier: readonly ZoneFile[] | undefined): ZoneFile[] {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new InvalidArgumentError('give NAME:FILE, such as example.org:FILE')
  return [...(earlier ?? []), { apex: zoneName(text.slice(0, colon)), path: text.slice(colon + 1) }]
}

export function dnsServe(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('serve')
    .description(
      'answer DNS queries from master files until Ctrl-C; SIGHUP reads the files that changed, and begins the query log anew',
    )
    .addOption(
      new Option('--zone <name:file>', 'a zone and its master file; repeat for more, "." is the root').argParser(
        zoneFile,
      ),
    )
    .option('--zone-list <file>', 'a file with NAME:FILE on each line, for many zones; SIGHUP reads it again')
    .addOption(
      new Option(
        '--listen <host:port>',
        'where to answer, by UDP and TCP; repeat for more (default: 127.0.0.1:5300)',
      ).argParser(repeated),
    )
    .option('--metrics <host:port>', 'where Prometheus reads /metrics, and load balancers /health, by plain HTTP')
  addSigningOptions(command)
  addTransferOptions(command)
  addUpdateOptions(command)
  addTlsOptions(command)
  addNameServerOptions(command)
  kit.add<Options>(
    command,
    'cresset dns serve --zone example.org:example.org.zone --listen 127.0.0.1:5300',
    async (context, _positional, options) => {
      const { serveZoneFiles } = await import('@cresset/node')
      if (options.queryLogSample !== undefined && options.queryLog === undefined)
        throw new UsageError('--query-log-sample is about the query log: give --query-log as well')
      if (options.zone === undefined && options.zoneList === undefined)
        throw new UsageError('give --zone, or --zone-list for many')
      const listen = await listenPlaces('--listen', options.listen ?? ['127.0.0.1:5300'], 53)
      const proxied = await proxiedOf(options)
      const signing = signingOf(options)
      if (signing.denial === 'compact') refuseSecondaries(options)
      await withNodeErrors(async () => {
        let reload = (): void => undefined
        // Heard from the first moment on: unheard it would end the process while the zones are read.
        process.on('SIGHUP', () => reload())
        const transfers = await transfersOf(options)
        const server = await serveZoneFiles({
          zones: options.zone ?? [],
          zoneList: options.zoneList,
          listen,
          proxied,
          tls: await tlsOf(options),
          onCertificate: ({ endsAtMs }) =>
            context.output.note(`TLS has a new certificate, which ends on ${new Date(endsAtMs).toISOString()}`),
          maxUdpBytes: options.maxUdpSize,
          nsid: options.nsid,
          keyFolder: options.sign === true ? options.keys : undefined,
          signing,
          transfers,
          ...(await updatesOf(options, transfers)),
          catalog: options.catalog && { apex: options.catalog, folder: options.keys },
          notify: await notifyOf(options, transfers),
          onNotifyFailure: (failure) => void tellNotifyFailure(context.output, failure),
          onResigned: (loads) => tellReload(context.output, loads),
          ...(await operatingOf(context, options)),
        })
        const stopped = new Promise<void>((resolve) => {
          for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
        })
        reload = () => {
          server.reload().then(
            (loads) => tellReload(context.output, loads),
            (error: Error) => context.output.warn(`the files were not read again: ${error.message}`),
          )
        }
        tellUnknown(context.output, options, server.loads)
        for (const load of server.loads) {
          tellWarnings(context.output, load)
          if (load.outcome === 'kept') context.output.warn(`${zoneText(load.apex)} is served as it was: ${load.reason}`)
        }
        const zones = server.loads.map(({ apex, path, result }) => ({
          zone: zoneText(apex),
          file: path,
          records: result?.records ?? 0,
          serial: result?.serial ?? 0,
          ds: (result?.signers ?? []).map((rdata) => formatRdata(RecordType.DS, rdata)),
        }))
        const {
          endpoints,
          tlsEndpoints: tlsListen,
          proxyEndpoints: proxyListen,
          metrics = null,
          control = null,
        } = server
        context.output.result(
          { pid: process.pid, listen: endpoints, tlsListen, proxyListen, metrics, control, zones },
          [
            ...columns([
              ...zones.flatMap(({ zone, file, records, serial, ds }): [string, string][] => [
                [zone, `${counted(records, 'record')}, serial ${serial}, from ${file}`],
                ...ds.map((text): [string, string] => ['', `signed; for the zone above: ${zone}. DS ${text}`]),
              ]),
              ...server.endpoints.map((endpoint): [string, string] => ['listens', endpoint]),
              ...server.tlsEndpoints.map((endpoint): [string, string] => ['by TLS', endpoint]),
              ...server.proxyEndpoints.map((endpoint): [string, string] => ['proxies', endpoint]),
              ...(server.metrics === undefined ? [] : [['metrics', `http://${server.metrics}/metrics`] as const]),
              ...(server.control === undefined ? [] : [['control', server.control] as const]),
            ]),
            'SIGHUP reads files that changed; Ctrl-C ends it.',
          ],
        )
        await stopped
        await server.stop()
      })
    },
  )
}

/** Without a chain a secondary would deny what is there. */
function refuseSecondaries({ allowTransfer, notify, catalog, xotCertificate }: Options): void {
  const given = Object.entries({
    '--allow-transfer': allowTransfer,
    '--notify': notify,
    '--catalog': catalog,
    '--xot-certificate': xotCertificate,
  })
  const flag = given.find(([, value]) => value !== undefined)?.[0]
  if (flag !== undefined)
    throw new UsageError(
      `${flag} is for secondaries, and none can serve a zone with --denial compact: leave out one of them`,
    )
}

async function operatingOf(context: Context, options: Options) {
  const { rateLimit, rateLimitSlip, queryLog: path, queryLogSample: sampleEvery = 1 } = options
  const [metrics] = await listenPlaces('--metrics', options.metrics === undefined ? [] : [options.metrics], 9153)
  return {
    rateLimit,
    rateLimitSlip,
    queryLog: path === undefined ? undefined : { path, sampleEvery },
    metrics,
    control: options.control === undefined ? undefined : await controlSocket(context, options.control),
    onProblem: (message: string) => context.output.warn(message),
  }
}

async function proxiedOf({ proxyListen = [], proxyFrom = [] }: Options) {
  if (proxyListen.length === 0 && proxyFrom.length === 0) return undefined
  if (proxyListen.length === 0 || proxyFrom.length === 0)
    throw new UsageError('--proxy-listen and --proxy-from belong together: where proxies ask, and which ones may')
  return {
    listen: await listenPlaces('--proxy-listen', proxyListen, 53),
    from: await prefixesOf('--proxy-from', proxyFrom),
  }
}

async function prefixesOf(flag: string, texts: readonly string[]): Promise<Prefix[]> {
  const { parsePrefix } = await import('@cresset/node')
  return texts.map((text) => {
    const prefix = parsePrefix(text)
    if (prefix === undefined)
      throw new UsageError(`${flag} ${text}: give an address or a prefix, such as 192.0.2.0/24 or 2001:db8::/32`)
    return prefix
  })
}

async function transfersOf(options: Options): Promise<TransferRules> {
  const { tsigKey = [], allowTransfer = [], catalog, xotCertificate = [] } = options
  if (catalog !== undefined && tsigKey.length + allowTransfer.length + xotCertificate.length === 0)
    throw new UsageError('--catalog: nobody could take it; give --tsig-key or --allow-transfer')
  const tls = tlsRulesOf(options)
  const { readTsigKeyFile } = await import('@cresset/node')
  const keys = await Promise.all(tsigKey.map(readTsigKeyFile))
  return { keys, prefixes: await prefixesOf('--allow-transfer', allowTransfer), tls }
}

async function notifyOf({ notify = [] }: Options, { keys }: TransferRules): Promise<NotifyTarget[]> {
  const { parseNotifyTarget } = await import('@cresset/node')
  return notify.map((text) => {
    const target = parseNotifyTarget(text)
    if (target === undefined)
      throw new UsageError(`--notify ${text}: give an address, such as 192.0.2.53, 192.0.2.53:5300 or KEY@192.0.2.53`)
    const { address, port, keyName } = target
    const key = keyName === undefined ? keys[0] : keys.find(({ name }) => zoneText(name) === keyName.toLowerCase())
    if (keyName !== undefined && key === undefined)
      throw new UsageError(`--notify ${text}: no --tsig-key has the name ${keyName}`)
    return { address, port, ...(key === undefined ? {} : { key }) }
  })
}

async function tellNotifyFailure(output: Output, { apex, serial, target, reason }: NotifyFailure): Promise<void> {
  const { formatNotifyTarget } = await import('@cresset/node')
  output.warn(`${formatNotifyTarget(target)} was not told of ${zoneText(apex)}, serial ${serial}: ${reason}`)
}

function tellReload(output: Output, loads: readonly ZoneLoad[]): void {
  const changed = loads.filter(({ outcome }) => outcome !== 'unchanged')
  if (changed.length === 0) output.note('no file has changed')
  for (const load of changed) {
    const zone = zoneText(load.apex)
    if (load.outcome === 'frozen') {
      output.note(`${zone} is frozen, and left as it is`)
      continue
    }
    if (load.outcome === 'gone') {
      output.note(`${zone} is served no more`)
      continue
    }
    if (load.outcome === 'kept') {
      output.warn(`${zone} is served as it was: ${load.reason}`)
      continue
    }
    tellWarnings(output, load)
    if (load.reason !== undefined) output.warn(`${zone}: ${load.reason}`)
    output.note(`${zone}: ${counted(load.result?.records ?? 0, 'record')}, serial ${load.result?.serial}`)
    if (load.hasStaleSerial === true)
      output.warn(`${zone} changed, and its serial did not rise: no secondary will take it`)
  }
}

/** The option for one zone, of which nothing would come without a word. */
function tellUnknown(output: Output, { cdsDelete = [] }: Options, loads: readonly ZoneLoad[]): void {
  for (const apex of cdsDelete)
    if (!loads.some((load) => equalNames(load.apex, apex)))
      output.warn(`--cds-delete ${zoneText(apex)}: there is no such zone here`)
}

function tellWarnings(output: Output, { path, result, apex }: ZoneLoad): void {
  if (result === undefined) return
  const warnings = result.remarks.filter(({ severity }) => severity === 'warning')
  for (const remark of warnings.slice(0, MAX_SHOWN_WARNINGS)) output.note(remarkLine(remark, path))
  const more = result.warnings - Math.min(warnings.length, MAX_SHOWN_WARNINGS)
  if (more > 0) output.note(`${zoneText(apex)}: ${counted(more, 'more warning')}; "cresset dns check" shows them`)
}

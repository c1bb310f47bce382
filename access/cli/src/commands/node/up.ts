import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import { voteWithoutRecordOption } from '../../network/vote-without-record.ts'
import { columns } from '../../terminal/output.ts'
import { controlSocket } from '../dns/control-socket.ts'
import { addNameServerOptions, type NameServerOptions } from '../dns/name-server-options.ts'
import { addTransferOptions, type TransferOptions } from '../dns/transfer-options.ts'
import { zoneText } from '../dns/zone-name.ts'
import { onHangUp } from './hang-up.ts'
import { withNodeErrors } from './start-problem.ts'

interface Options extends NameServerOptions, TransferOptions {
  readonly transferZone?: readonly string[]
  readonly dir: string
  readonly logLevel?: string
  readonly replayBlocks?: number
  readonly voteWithoutRecord?: boolean
}

const logMode = 0o600

/** On a full disk the node's last words go where somebody may see them. */
function logTo(path: string): { write(line: string): void } {
  return {
    write(line) {
      try {
        appendFileSync(path, line, { mode: logMode })
      } catch {
        process.stderr.write(line)
      }
    },
  }
}

export function nodeUp(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('up')
    .description(
      'run the node of a folder here until Ctrl-C, and say what it does; its log is node.log in the folder; SIGHUP begins the query log anew',
    )
    .option('--dir <folder>', 'folder of the node', 'node')
    .addOption(new Option('--log-level <level>', 'how much the log holds; as in node.json when left out'))
    .addOption(
      new Option(
        '--replay-blocks <number>',
        'a new node that is further behind than this fetches the state; a large number makes it check every block since genesis',
      ).argParser(wholeNumber(0, 1_000_000_000)),
    )
    .addOption(voteWithoutRecordOption())
  const heading = 'Its name server, in place of "dns" in node.json:'
  addNameServerOptions(command, heading)
  addTransferOptions(command, heading)
  command.addOption(
    new Option(
      '--transfer-zone <name>',
      'zone that others may take, and that the catalog lists; repeat for more (default: all)',
    )
      .argParser(repeated)
      .helpGroup(heading),
  )
  kit.add<Options>(command, 'cresset node up --dir node', async (context, _positional, options) => {
    const { readNodeFolder, startNode, watchNode, withOptions } = await import('@cresset/node')
    let reopenLogs = (): void => undefined
    const stopped = new Promise<undefined>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(undefined))
      onHangUp(
        () => resolve(undefined),
        () => reopenLogs(),
      )
    })
    await withNodeErrors(async () => {
      const read = await readNodeFolder(options.dir, context.keySources)
      const configuration = withOptions(
        { ...read, logDestination: logTo(join(options.dir, 'node.log')) },
        {
          'log-level': options.logLevel,
          'vote-without-record': options.voteWithoutRecord,
          'replay-blocks': textOf(options.replayBlocks),
          'max-udp-size': textOf(options.maxUdpSize),
          nsid: options.nsid,
          'proxy-listen': options.proxyListen,
          'proxy-from': options.proxyFrom,
          'rate-limit': textOf(options.rateLimit),
          'rate-limit-slip': textOf(options.rateLimitSlip),
          'query-log': options.queryLog,
          'query-log-sample': textOf(options.queryLogSample),
          control: options.control && (await controlSocket(context, options.control)),
          'tsig-key': options.tsigKey,
          'allow-transfer': options.allowTransfer,
          notify: options.notify,
          catalog: options.catalog && zoneText(options.catalog),
          'transfer-zone': options.transferZone,
        },
      )
      const node = await startNode(configuration)
      const { agreement, api = null, dns = null, dnsProxies, dnsControl = null } = node.endpoints
      const told = { name: node.name, pid: process.pid, agreement, api, dns, dnsProxies, dnsControl }
      context.output.result(told, [
        ...columns([
          ['node', node.name],
          ['ledger', node.application.chainId],
          ['links', agreement],
          ['API', api ?? 'none'],
          ['DNS', dns ?? 'none'],
          ...dnsProxies.map((endpoint) => ['proxies', endpoint] as const),
          ...(dnsControl === null ? [] : [['control', dnsControl] as const]),
        ]),
        'Ctrl-C ends it.',
      ])
      reopenLogs = () => void node.reopenLogs().then((line) => context.output.note(line))
      const endWatch = watchNode(node, (line, kind) => {
        if (kind === 'problem') context.output.warn(line)
        else context.output.note(line)
      })
      const failure = await Promise.race([stopped, node.failure])
      endWatch()
      await node.stop()
      if (failure !== undefined) throw failure
    })
  })
}

const textOf = (number: number | undefined): string | undefined => (number === undefined ? undefined : String(number))

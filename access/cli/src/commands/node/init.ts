import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { keepBlocksOption } from '../../keep-blocks-option.ts'
import { columns } from '../../terminal/output.ts'
import { withNodeErrors } from './start-problem.ts'

interface Options {
  readonly dir: string
  readonly name: string
  readonly organization?: string
  readonly kind: 'validator' | 'follower' | 'local'
  readonly host?: string
  readonly zone?: string
  readonly listen?: string
  readonly agreementPort: number
  readonly apiPort: number
  readonly dnsPort: number
  readonly level?: number
  readonly keepBlocks?: number
}

const loopback = '127.0.0.1'

const atPort = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

/** The API has a name where others reach it: the node's certificate is for that, and cannot be for an address. */
function apiUrl({ name, zone, apiPort }: Options, host: string, isLocal: boolean): string {
  if (isLocal) return `http://${atPort(host, apiPort)}`
  if (zone === undefined)
    throw new UsageError(`which names does the network hold? give --zone: others reach the API as ${name}.ns.ZONE`)
  return `https://${name}.ns.${zone}:${apiPort}`
}

export function nodeInit(parent: Command, kit: CommandKit): void {
  const port = wholeNumber(1, 65_535)
  const command = parent
    .command('init')
    .description(
      'make the folder of a node that will join a network: its keys, and announcement.json for the consortium',
    )
    .requiredOption('--name <label>', 'its name in the network: its name server is NAME.ns.ZONE')
    .option('--dir <folder>', 'folder of the node', 'node')
    .option('--organization <text>', 'whose it is; the name when left out')
    .addOption(
      new Option(
        '--kind <kind>',
        'validator: votes, once the members make it one; follower: has everything, and serves DNS and API; local: the same for this machine alone',
      )
        .choices(['validator', 'follower', 'local'])
        .default('follower'),
    )
    .option('--host <address>', `where others reach it; ${loopback} for a local node`)
    .option('--zone <zone>', 'a zone of the network, for the name of its API')
    .option('--listen <address>', 'where it listens, if not at --host: 0.0.0.0 for all addresses of the machine')
    .addOption(new Option('--agreement-port <port>', 'port of the links between nodes').argParser(port).default(7400))
    .addOption(new Option('--api-port <port>', 'port of the HTTP API').argParser(port).default(8400))
    .addOption(new Option('--dns-port <port>', 'port of the name server').argParser(port).default(5300))
    .addOption(
      new Option('--level <number>', 'security level that it asks for; 1 for a validator, else 0').argParser(
        wholeNumber(0, 15),
      ),
    )
    .addOption(keepBlocksOption())
  kit.add<Options>(
    command,
    'cresset node init --name west --kind follower --host 192.0.2.4 --zone acme',
    async (context, _positional, options) => {
      const { initNode, isLoopback, listenFromText } = await import('@cresset/node/folder')
      const { name, kind, dir, agreementPort, apiPort, dnsPort, level, keepBlocks } = options
      const host = options.host ?? (kind === 'local' ? loopback : undefined)
      if (host === undefined) throw new UsageError('where do the others reach this machine? give --host ADDRESS')
      const passphrase =
        context.options.passphraseFile === undefined ? undefined : await context.passphrase('Passphrase')
      const at = (where: string, listenPort: number) => {
        const listen = listenFromText(atPort(where, listenPort))
        if (listen === undefined) throw new UsageError(`--listen ${where}: give an address such as 0.0.0.0`)
        return listen
      }
      const places = options.listen
      const made = await withNodeErrors(() =>
        initNode({
          dir,
          name,
          kind,
          organization: options.organization ?? name,
          keepBlocks,
          endpoints: {
            agreement: atPort(host, agreementPort),
            api: apiUrl(options, host, isLoopback(host)),
            dns: atPort(host, dnsPort),
          },
          ...(places !== undefined && {
            listen: { agreement: at(places, agreementPort), api: at(places, apiPort), dns: at(places, dnsPort) },
          }),
          ...(level !== undefined && { securityLevel: level }),
          ...(passphrase !== undefined && { passphrase }),
        }),
      )
      const { announcement, configuration } = made.paths
      context.output.result(
        { folder: dir, name, kind, id: made.id, announcement, passphrase: passphrase !== undefined },
        [
          ...columns([
            ['node', `${name}, a ${kind}`],
            ['id', made.id],
            ['keys', `${dir}/keys${passphrase === undefined ? '' : ', under the passphrase'}`],
            ['settings', configuration],
          ]),
          `next: send ${announcement} to the consortium, whose "cresset network invite" answers with a joining file`,
        ],
      )
    },
  )
}

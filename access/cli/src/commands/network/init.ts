import {
  type AddressRange,
  chainIdOf,
  type EngineName,
  engines,
  GenesisError,
  genesisDigest,
  majorityQuorum,
  parametersFrom,
  pbftQuorum,
  type ValidatorSet,
  validatorsOf,
} from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { formatAddress, parseAddress } from '@cresset/dns-wire'
import { KeyFileError } from '@cresset/keys'
import type { Funding, InitializedConsortium } from '@cresset/node/folder'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { formatAmount, parseAmount } from '../../amounts.ts'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { keepBlocksOption } from '../../keep-blocks-option.ts'
import { columns } from '../../terminal/output.ts'

export interface InitOptions {
  readonly dir: string
  readonly name: string
  readonly zone?: readonly string[]
  readonly validators: number
  readonly fromPublic?: string
  readonly set?: readonly string[]
  readonly fund?: readonly string[]
  readonly stake?: readonly string[]
  readonly addressRange?: readonly string[]
  readonly host: string
  readonly agreementPort: number
  readonly apiPort: number
  readonly dnsPort: number
  readonly engine: EngineName
  readonly keepBlocks?: number
}

/** Options that `init` and `up` share. */
export function addInitOptions(command: Command): Command {
  const port = wholeNumber(1, 65_000)
  return command
    .option('--dir <folder>', 'folder of the consortium', 'consortium')
    .option('--name <label>', 'human part of the chain id', 'cresset')
    .addOption(new Option('--zone <zone>', 'top-level zone of names; repeat for more').argParser(repeated))
    .addOption(
      new Option('--validators <count>', 'validators on this machine').argParser(wholeNumber(1, 32)).default(4),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'how the nodes agree; majority withstands stops but no lie; stake counts what validators staked',
      )
        .choices(engines)
        .default('pbft'),
    )
    .option('--host <address>', 'address that the validators listen on', '127.0.0.1')
    .addOption(
      new Option('--agreement-port <port>', 'first port of the links between nodes').argParser(port).default(7400),
    )
    .addOption(new Option('--api-port <port>', 'first port of the HTTP APIs').argParser(port).default(8400))
    .addOption(new Option('--dns-port <port>', 'first port of the name servers').argParser(port).default(5300))
    .addOption(
      new Option('--set <name=value>', 'a rule of the ledger, for example feeEvery=60; repeat for more').argParser(
        repeated,
      ),
    )
    .addOption(
      new Option('--stake <node=amount>', 'first stake of a validator, with --engine stake; repeat for more').argParser(
        repeated,
      ),
    )
    .addOption(
      new Option('--fund <key=amount>', `a first balance for an ${accountForms}; repeat for more`).argParser(repeated),
    )
    .addOption(
      new Option(
        '--address-range <prefix=key[,name]>',
        `addresses whose hosts this key confirms, and its organization: 192.0.2.0/24=ops.pub,Example; repeat for more`,
      ).argParser(repeated),
    )
    .addOption(keepBlocksOption())
}

function parsePairs(texts: readonly string[] | undefined, option: string): [string, string][] {
  return (texts ?? []).map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError(`${option} ${text}: write ${option} NAME=VALUE`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
}

/** `192.0.2.0/24` and who holds it: a key, and the name of its organization. */
async function parseRange(context: Context, [prefixText, text]: [string, string]): Promise<AddressRange> {
  const [addressText = '', bits = ''] = prefixText.split('/')
  const prefix = parseAddress(addressText)
  if (prefix === undefined || !/^\d{1,3}$/.test(bits))
    throw new UsageError(`--address-range ${prefixText}: write ADDRESS/BITS, for example 192.0.2.0/24 or 2001:db8::/32`)
  const [holder = '', organization = ''] = text.split(',', 2)
  return { prefix, prefixBits: Number(bits), organization, holder: await accountFromArgument(context, holder) }
}

/** Each kind of port is taken once a node, one after the other: the three rows must not meet, nor end above the last port. */
function checkPlace({ host, fromPublic, validators, agreementPort, apiPort, dnsPort }: InitOptions): void {
  if (parseAddress(host) === undefined) throw new UsageError(`--host ${host} is not an IP address`)
  // How many there are is then told by the folder.
  if (fromPublic !== undefined) return
  const rows = [
    ['--agreement-port', agreementPort],
    ['--api-port', apiPort],
    ['--dns-port', dnsPort],
  ] as const
  for (const [flag, first] of rows) {
    if (first + validators - 1 > 65_535) throw new UsageError(`${flag} ${first}: ${validators} ports do not fit there`)
    for (const [other, from] of rows) {
      if (other !== flag && from >= first && from < first + validators)
        throw new UsageError(
          `${flag} ${first} and ${other} ${from} meet: ${validators} validators take ${validators} ports from each on`,
        )
    }
  }
}

/** Makes the folder, or says in one line why not. */
export async function initialize(context: Context, options: InitOptions): Promise<InitializedConsortium> {
  if (!options.zone?.length)
    throw new UsageError('which names will this ledger hold? give --zone, for example --zone acme')
  checkPlace(options)
  const sets = Object.fromEntries(parsePairs(options.set, '--set'))
  // Few commands need this code, which is much.
  const { assembleFromPublic, initConsortium, StartError } = await import('@cresset/node/folder')
  try {
    const { currencyName, currencyDecimals } = parametersFrom(sets)
    const currency = { name: currencyName, decimals: currencyDecimals }
    const fund: Funding[] = []
    for (const [account, amount] of parsePairs(options.fund, '--fund')) {
      fund.push({
        account: await accountFromArgument(context, account),
        amount: parseAmount(amount, currency),
      })
    }
    if (options.stake !== undefined && options.engine !== 'stake')
      throw new UsageError('--stake goes with --engine stake')
    const stakes = new Map(
      parsePairs(options.stake, '--stake').map(([node, amount]) => [node, parseAmount(amount, currency)] as const),
    )
    const addressRanges = await Promise.all(
      parsePairs(options.addressRange, '--address-range').map((pair) => parseRange(context, pair)),
    )
    // Node keys open without a person; those of root and founder are under a passphrase when one is given.
    const passphrase = context.options.passphraseFile === undefined ? undefined : await context.passphrase('')
    const settings = {
      dir: options.dir,
      name: options.name,
      zones: options.zone,
      sets,
      fund,
      addressRanges,
      engine: options.engine,
      stakes,
      nowMs: context.environment.nowMs(),
      keepBlocks: options.keepBlocks,
      ...(passphrase ? { founderPassphrase: passphrase, rootPassphrase: passphrase } : {}),
    }
    const place = {
      host: options.host,
      firstPorts: { agreement: options.agreementPort, api: options.apiPort, dns: options.dnsPort },
    }
    if (options.fromPublic !== undefined)
      return await assembleFromPublic({ ...settings, ...place, fromPublic: options.fromPublic })
    return await initConsortium({ ...settings, ...place, validators: options.validators })
  } catch (error) {
    if (error instanceof GenesisError || error instanceof StartError || error instanceof KeyFileError) {
      throw new UsageError(error.message, { cause: error })
    }
    throw error
  }
}

/** How many decide. */
function quorumLine({ rule, totalPower }: ValidatorSet): string {
  if (rule === 'stake') return `more than two thirds of ${totalPower} units of stake decide`
  const quorum = rule === 'majority' ? majorityQuorum(totalPower) : pbftQuorum(totalPower)
  return `${quorum} of ${totalPower} decide`
}

/** What a person needs to know of a folder just made. */
export function describeConsortium(made: InitializedConsortium): string[] {
  const { genesis, paths } = made
  const { parameters } = genesis
  return [
    ...columns([
      ['ledger', chainIdOf(genesis)],
      ['genesis', `${paths.genesis} (digest ${toHex(genesisDigest(genesis))})`],
      ['zones', genesis.zones.join(', ')],
      ...genesis.addressRanges.map(
        ({ prefix, prefixBits, organization, holder }) =>
          [
            'addresses',
            `${formatAddress(prefix)}/${prefixBits}, confirmed by ${organization || toHex(holder)}`,
          ] as const,
      ),
      ['validators', genesis.nodes.map((node) => node.name).join(', ')],
      ['engine', `${genesis.engine}: ${quorumLine(validatorsOf(genesis))}`],
      ['root', `${paths.rootCertificate} (signs the certificates of the nodes)`],
      [
        'founder',
        `${paths.founderKey}, ${formatAmount(parameters.founderBalance, { name: parameters.currencyName, decimals: parameters.currencyDecimals })}`,
      ],
    ]),
    ...made.warnings.map((warning) => `note: ${warning}`),
  ]
}

export function networkInit(parent: Command, kit: CommandKit): void {
  const command = addInitOptions(
    parent.command('init').description('make genesis, keys and certificates of a consortium'),
  ).option(
    '--from-public <folder>',
    'make genesis from public keys made elsewhere, one folder a node, in place of --validators',
  )
  kit.add<InitOptions>(
    command,
    'cresset network init --dir consortium --zone acme --validators 4',
    async (context, _positional, options) => {
      const made = await initialize(context, options)
      context.output.result(
        {
          folder: made.paths.folder,
          chainId: chainIdOf(made.genesis),
          genesisDigest: genesisDigest(made.genesis),
          zones: made.genesis.zones,
          nodes: made.genesis.nodes.map((node) => node.name),
          warnings: made.warnings,
        },
        [...describeConsortium(made), `next: cresset network up --dir ${made.paths.folder}`],
      )
    },
  )
}

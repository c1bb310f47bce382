import { setTimeout as delay } from 'node:timers/promises'
import {
  actionsOf,
  type ImportPlan,
  type ImportStep,
  importZone,
  type LeftOut,
  leftOutReasons,
  parseName,
  planImport,
  priceOf,
  readZoneContent,
  readZoneStanding,
  type ZoneContent,
  type ZoneStanding,
} from '@cresset/access-client'
import { equalBytes } from '@cresset/core-codec'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { hostName, readAccount } from '@cresset/core-ledger'
import { formatRecordType, lowerCaseName, parseAbsoluteName, parseRecordType } from '@cresset/dns-wire'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { withProgress } from '../../terminal/progress.ts'
import { counted } from '../dns/remarks.ts'
import { withNodeErrors } from '../node/start-problem.ts'

interface Options {
  readonly leaveOut?: ReadonlySet<number>
  readonly dryRun?: boolean
}

/** Another transaction of the same key came first: what stands on the ledger is read again. */
const overtaken: ReadonlySet<string> = new Set(['sequence-used', 'sequence-pending', 'records-generation'])
const maxAttempts = 3
/** What waits for a block is in one by then. */
const overtakenPauseMs = 1_000

function recordTypes(text: string): ReadonlySet<number> {
  return new Set(
    text.split(',').map((part) => {
      const type = parseRecordType(part.trim())
      if (type === undefined)
        throw new InvalidArgumentError(`"${part.slice(0, 20)}" is not a record type; give for example TLSA,CERT`)
      return type
    }),
  )
}

export function zoneImport(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('import')
    .description(
      'publish a master file (RFC 1035) under a name: DNS shows all of it at once, in place of what the last import brought',
    )
    .argument('<file>', 'master file; its names are relative to the name until it has an $ORIGIN')
    .argument('<name>', 'for example shop.acme')
    .addOption(
      new Option('--leave-out <types>', 'types of records that are left out, for example TLSA,CERT').argParser(
        recordTypes,
      ),
    )
    .option('--dry-run', 'say what would be sent and what it costs, and send nothing')
  kit.add<Options>(
    command,
    'cresset zone import shop.zone shop.acme --key alice.key',
    async (context, [path = '', text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      for (let attempt = 1; ; attempt++) {
        const standing = await readStanding(context, name)
        const key = await publicKeyFor(context, standing, options)
        const content = await readFile(context, path, standing, options, attempt === 1)
        const plan = planImport(content, standing)
        const price = priceOf(plan, client.chainId, key, standing.parameters)
        const about = { path, content, plan, price, standing }
        if (options.dryRun || actionsOf(plan).length === 0) return await printPlan(context, about)
        if (attempt === 1) for (const line of await planLines(context, about)) context.output.note(line)
        await checkBalance(context, key, price)
        try {
          return await sendAll(context, about)
        } catch (error) {
          const goesOn = error instanceof ClientError && overtaken.has(error.code) && attempt < maxAttempts
          if (!goesOn) throw error
          context.output.note(`${error.message} Looking again at what the ledger has.`)
          await delay(overtakenPauseMs)
        }
      }
    },
  )
}

interface About {
  readonly path: string
  readonly content: ZoneContent
  readonly plan: ImportPlan
  /** At most. */
  readonly price: bigint
  readonly standing: ZoneStanding
}

async function readStanding(context: Context, name: string): Promise<ZoneStanding> {
  const standing = await readZoneStanding(await context.client(), name)
  const { status } = standing.name
  if (status !== 'active' && status !== 'grace')
    throw new ClientError('not-found', 'name-unknown', `${name} is not registered: "cresset name register ${name}"`)
  return standing
}

/** Told before any work: of a dry run nobody need have the key. */
async function publicKeyFor(context: Context, { name }: ZoneStanding, { dryRun }: Options): Promise<PublicKey> {
  const primary = name.entry?.registration?.primaryKey
  if (primary === undefined) throw new Error('invariant: a name in use has an owner')
  if (dryRun) return primary
  const key = await context.publicKey()
  if (!equalBytes(key, primary))
    throw new ClientError('refused', 'not-primary-key', `${name.name} has another primary key than that of --key`)
  return key
}

/** @throws ClientError with the first thing that is wrong, and its line */
async function readFile(
  context: Context,
  path: string,
  standing: ZoneStanding,
  { leaveOut }: Options,
  isFirst: boolean,
): Promise<ZoneContent> {
  const { readZoneFile } = await import('@cresset/node')
  const origin = lowerCaseName(parseAbsoluteName(standing.name.name))
  const items = await withNodeErrors(() => readZoneFile(path, origin))
  const content = readZoneContent(items, standing, leaveOut)
  if (isFirst)
    for (const { file, line, message } of content.remarks) context.output.note(`${file}:${line}: warning: ${message}`)
  const { problems, problemCount } = content
  const [first, ...others] = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
  if (first === undefined) return content
  for (const line of others) context.output.note(line)
  const more = problemCount === 1 ? '' : ` (and ${counted(problemCount - 1, 'more error')})`
  throw new ClientError('refused', 'bad-zone', `${first}${more}; nothing was sent`)
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  return Object.entries(leftOutReasons).flatMap(([reason, words]) => {
    const types = leftOut.filter((entry) => entry.reason === reason)
    const list = types.map(({ type, records }) => `${formatRecordType(type)} ${records}`).join(', ')
    return list === '' ? [] : [`left out: ${list} (${words})`]
  })
}

async function planLines(context: Context, { path, content, plan, price, standing }: About): Promise<string[]> {
  const { name } = plan
  const { delegations, hidden, records } = content
  const missing = standing.delegations.filter(({ host }) => !delegations.some((other) => other.host === host))
  const actions = actionsOf(plan).length
  const changed = plan.delegations.length === 0 ? '' : `, ${counted(plan.delegations.length, 'delegation')}`
  return [
    `${path}: ${counted(records, 'record')} for ${name}`,
    ...leftOutLines(content.leftOut),
    ...hidden.map(
      (owner) => `${hostName(owner, name)} stays as it is in the table, behind what the ledger answers for it`,
    ),
    ...missing.map(({ host }) => {
      const text = hostName(host, name)
      return `${text} stays delegated; to take it back: cresset name delegate ${text} --remove`
    }),
    ...(actions === 0
      ? []
      : [
          `plan: ${plan.changedPages} of ${counted(plan.pages, 'page')}${changed} in ${counted(actions, 'transaction')}, at most ${formatAmount(price, await context.currency())}`,
        ]),
  ]
}

function planJson({ content, plan, price }: About): Record<string, unknown> {
  return {
    name: plan.name,
    records: content.records,
    pages: plan.pages,
    changedPages: plan.changedPages,
    generation: plan.generation,
    inPlace: plan.isInPlace,
    delegations: plan.delegations.length,
    transactions: actionsOf(plan).length,
    price,
    leftOut: content.leftOut.map(({ reason, type, records }) => ({ reason, type: formatRecordType(type), records })),
    hidden: content.hidden,
    warnings: content.remarks,
  }
}

async function printPlan(context: Context, about: About): Promise<void> {
  const { plan, standing } = about
  const isNothing = actionsOf(plan).length === 0
  context.output.result({ ...planJson(about), changed: false, rests: restsOnJson(standing.rests) }, [
    ...(await planLines(context, about)),
    isNothing ? `nothing changes: ${plan.name} has it all` : 'nothing was sent',
    restsOnLine(standing.rests),
  ])
}

/** A transaction that its payer cannot pay waits for nothing, and others behind it. */
async function checkBalance(context: Context, key: PublicKey, price: bigint): Promise<void> {
  const client = await context.client()
  const { value } = await client.query((view) => readAccount(view, accountOf(key)))
  if (value.balance >= price) return
  const currency = await context.currency()
  throw new ClientError(
    'refused',
    'fee-unpayable',
    `the transactions cost ${formatAmount(price, currency)}, and the account of --key has ${formatAmount(value.balance, currency)}: transfer more to it`,
  )
}

async function sendAll(context: Context, about: About): Promise<void> {
  const { plan } = about
  const { name } = plan
  const client = await context.client()
  const signer = await context.signer()
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, stop)
  const reached = new Reached()
  try {
    const rests = await withProgress(context.output, `importing ${name}`, (update) =>
      importZone(client, plan, {
        signer,
        signal: stopping.signal,
        timeoutMs: context.timeoutMs,
        onStep: (step) => {
          reached.step(step)
          update(
            step.step === 'pages'
              ? `${step.done} of ${counted(step.of, 'page')} of ${name}`
              : step.step === 'delegation'
                ? `delegating ${hostName(step.host, name)}`
                : `showing ${name}`,
          )
        },
      }),
    )
    context.output.result({ ...planJson(about), changed: true, rests: restsOnJson(rests) }, [
      `${name}: ${counted(plan.records, 'record')} in ${counted(plan.pages, 'page')}, ${plan.changedPages} of them new`,
      restsOnLine(rests),
    ])
  } catch (error) {
    if (!(error instanceof ClientError) || overtaken.has(error.code)) throw error
    throw new ClientError(error.kind, error.code, reached.endText(error, plan), { cause: error })
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

/** How far an import came, for whom it ends before its end. */
class Reached {
  #pages: string | undefined
  #delegations = 0
  #last: ImportStep['step'] | undefined

  step(step: ImportStep): void {
    this.#last = step.step
    if (step.step === 'pages') this.#pages = `${step.done} of ${counted(step.of, 'page')}`
    if (step.step === 'delegation') this.#delegations += 1
  }

  endText({ kind, code, message }: ClientError, { delegations }: ImportPlan): string {
    const isAsked = code === 'interrupted'
    const made = this.#delegations - (this.#last === 'delegation' && !isAsked ? 1 : 0)
    const done = [this.#pages, made > 0 ? `${made} of ${counted(delegations.length, 'delegation')}` : undefined]
    const after = done.filter((part) => part !== undefined).join(' and ')
    const stopped = after === '' ? 'stopped' : `stopped after ${after}`
    // What nobody knows the end of may be seen by now.
    const shows = made > 0 ? 'DNS shows the record table that it did before' : 'DNS shows what it did before'
    const shown = isAsked || kind === 'refused' ? `${shows}, and ` : ''
    const text = `${stopped}; ${shown}the same command goes on`
    return isAsked ? text : `${message.replace(/\.$/, '')}; ${text}`
  }
}

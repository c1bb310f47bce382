import { Command, CommanderError } from 'commander'
import { type CommandKit, commandKit, exitCodeHelp } from './command-kit.ts'
import type { Environment } from './context.ts'
import { AnsweredError, exitCodeOf, exitCodes } from './exit-codes.ts'
import { asUsageError } from './file-problem.ts'
import { printable } from './terminal/output.ts'

/** What commander says of wrong arguments, on one line as every other error: "(Did you mean …?)" comes on a line of its own. */
const usageProblem = (text: string): string =>
  printable(
    text
      .trim()
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' '),
  )
    .replaceAll(/(is invalid|for '[^']*')\. /g, '$1: ')
    .replace(/\.$/, '')

/** An argument may be of any length, and stands in what is said of it. */
const shortened = (text: string): string =>
  text.length > 1_600 ? `${text.slice(0, 1_200)} … ${text.slice(-300)}` : text

type AddCommands = (program: Command, kit: CommandKit) => void

/** In the order of --help. Loading the code of all takes longer than most commands do: of one noun, its own are loaded. */
const nouns: ReadonlyMap<string, () => Promise<AddCommands>> = new Map([
  ['network', async () => (await import('./commands/network/index.ts')).networkCommands],
  ['node', async () => (await import('./commands/node/index.ts')).nodeCommands],
  ['key', async () => (await import('./commands/key/index.ts')).keyCommands],
  ['account', async () => (await import('./commands/account/index.ts')).accountCommands],
  ['name', async () => (await import('./commands/name/index.ts')).nameCommands],
  ['certificate', async () => (await import('./commands/certificate/index.ts')).certificateCommands],
  ['host', async () => (await import('./commands/host/index.ts')).hostCommands],
  ['address', async () => (await import('./commands/address/index.ts')).addressCommands],
  ['dns', async () => (await import('./commands/dns/index.ts')).dnsCommands],
  ['zone', async () => (await import('./commands/zone/index.ts')).zoneCommands],
  ['resolve', async () => (await import('./commands/resolve.ts')).resolveCommand],
  ['verify', async () => (await import('./commands/verify.ts')).verifyCommand],
  ['notarize', async () => (await import('./commands/notarize.ts')).notarizeCommand],
  ['agree', async () => (await import('./commands/agree/index.ts')).agreeCommands],
  ['transaction', async () => (await import('./commands/transaction/index.ts')).transactionCommands],
  ['ledger', async () => (await import('./commands/ledger/index.ts')).ledgerCommands],
])

async function buildProgram(environment: Environment, wantsJson: boolean, noun: string | undefined): Promise<Command> {
  const program = new Command('cresset')
    .description('Names, keys and certificates of a consortium, on one ledger.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
      outputError(text, write) {
        // With --json an error is told once, on stdout.
        if (!wantsJson) write(`cresset: ${shortened(usageProblem(text))}; --help shows what there is\n`)
      },
    })
    .showSuggestionAfterError()
    .addHelpText('after', `\nStart here:\n  cresset network up --dir consortium --zone acme\n\n${exitCodeHelp}`)
  const kit = commandKit(environment)
  const meant = nouns.get(noun ?? '')
  for (const load of meant === undefined ? nouns.values() : [meant]) {
    const addCommands = await load()
    addCommands(program, kit)
  }
  return program
}

/** Runs one command line; the result is the exit code. Never throws for what a user or the network can do wrong. */
export async function run(commandLine: readonly string[], environment: Environment): Promise<number> {
  const wantsJson = commandLine.includes('--json')
  const program = await buildProgram(environment, wantsJson, commandLine[0])
  try {
    await program.parseAsync([...commandLine], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    const tell = (kind: string, code: string, message: string) =>
      environment.stdout.write(`${JSON.stringify({ error: { kind, code, message } })}\n`)
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok
      if (wantsJson) tell('usage', 'usage', shortened(usageProblem(error.message)))
      return exitCodes.usage
    }
    const told = asUsageError(error) ?? error
    const code = exitCodeOf(told)
    const message = shortened(printable(told instanceof Error ? (told.message.split('\n')[0] ?? '') : String(told)))
    if (!wantsJson) environment.stderr.write(`cresset: ${message}\n`)
    else if (!(told instanceof AnsweredError)) {
      const { kind = 'refused', code: name = 'failed' } = told as { kind?: string; code?: string }
      tell(kind, name, message)
    }
    return code
  }
}

import { Command, CommanderError } from 'commander'
import { commandKit, exitCodeHelp } from './command-kit.ts'
import { accountCommands } from './commands/account/index.ts'
import { addressCommands } from './commands/address/index.ts'
import { agreeCommands } from './commands/agree/index.ts'
import { certificateCommands } from './commands/certificate/index.ts'
import { dnsCommands } from './commands/dns/index.ts'
import { hostCommands } from './commands/host/index.ts'
import { keyCommands } from './commands/key/index.ts'
import { ledgerCommands } from './commands/ledger/index.ts'
import { nameCommands } from './commands/name/index.ts'
import { networkCommands } from './commands/network/index.ts'
import { nodeCommands } from './commands/node/index.ts'
import { notarizeCommand } from './commands/notarize.ts'
import { resolveCommand } from './commands/resolve.ts'
import { transactionCommands } from './commands/transaction/index.ts'
import { verifyCommand } from './commands/verify.ts'
import { zoneCommands } from './commands/zone/index.ts'
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

export function buildProgram(environment: Environment, wantsJson: boolean): Command {
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
  networkCommands(program, kit)
  nodeCommands(program, kit)
  keyCommands(program, kit)
  accountCommands(program, kit)
  nameCommands(program, kit)
  certificateCommands(program, kit)
  hostCommands(program, kit)
  addressCommands(program, kit)
  dnsCommands(program, kit)
  zoneCommands(program, kit)
  resolveCommand(program, kit)
  verifyCommand(program, kit)
  notarizeCommand(program, kit)
  agreeCommands(program, kit)
  transactionCommands(program, kit)
  ledgerCommands(program, kit)
  return program
}

/** Runs one command line; the result is the exit code. Never throws for what a user or the network can do wrong. */
export async function run(commandLine: readonly string[], environment: Environment): Promise<number> {
  const wantsJson = commandLine.includes('--json')
  const program = buildProgram(environment, wantsJson)
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

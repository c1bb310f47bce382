import { Command, CommanderError } from 'commander'
import { commandKit, exitCodeHelp } from './command-kit.ts'
import { accountCommands } from './commands/account/index.ts'
import { addressCommands } from './commands/address/index.ts'
import { agreeCommands } from './commands/agree/index.ts'
import { certificateCommands } from './commands/certificate/index.ts'
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
import type { Environment } from './context.ts'
import { AnsweredError, exitCodeOf, exitCodes } from './exit-codes.ts'
import { printable } from './terminal/output.ts'

export function buildProgram(environment: Environment): Command {
  const program = new Command('cresset')
    .description('Names, keys and certificates of a consortium, on one ledger.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
      // One line, as every other error: "(Did you mean …?)" comes on a line of its own.
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, 'cresset: ')
            .replaceAll(/\s*\n\s*/g, ' ')}; --help shows what there is\n`,
        ),
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
  const program = buildProgram(environment)
  try {
    await program.parseAsync([...commandLine], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    const wantsJson = commandLine.includes('--json')
    const tell = (kind: string, code: string, message: string) =>
      environment.stdout.write(`${JSON.stringify({ error: { kind, code, message } })}\n`)
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok
      if (wantsJson) tell('usage', 'usage', printable(error.message.replace(/^error: /, '')))
      return exitCodes.usage
    }
    const code = exitCodeOf(error)
    const message = printable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
    if (!wantsJson) environment.stderr.write(`cresset: ${message}\n`)
    else if (!(error instanceof AnsweredError)) {
      const { kind = 'refused', code: name = 'failed' } = error as { kind?: string; code?: string }
      tell(kind, name, message)
    }
    return code
  }
}

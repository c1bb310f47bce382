import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { accountCommands } from './commands/account/index.ts'
import { keyCommands } from './commands/key/index.ts'
import { ledgerCommands } from './commands/ledger/index.ts'
import { nameCommands } from './commands/name/index.ts'
import { networkCommands } from './commands/network/index.ts'
import { notarizeCommand } from './commands/notarize.ts'
import { resolveCommand } from './commands/resolve.ts'
import { transactionCommands } from './commands/transaction/index.ts'
import { verifyCommand } from './commands/verify.ts'
import { Context, type Environment, type GlobalOptions } from './context.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { printable } from './terminal/output.ts'

/** How a command is made: it gets its context when it runs. */
export interface CommandKit {
  /** Adds the options that every command takes, an example for `--help`, and the action. */
  add<Options extends object>(
    command: Command,
    example: string,
    action: (context: Context, positional: readonly string[], options: Options) => Promise<void>,
  ): void
}

export function wholeNumber(minimum: number, maximum: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`give a whole number from ${minimum} to ${maximum}`)
    }
    return value
  }
}

export const repeated = (text: string, earlier: readonly string[] | undefined): string[] => [...(earlier ?? []), text]

const exitCodeHelp =
  'Exit codes: 0 ok, 1 refused, 2 usage, 3 not found, 4 not verified, 5 unreachable, 6 not final in time.'

function commandKit(environment: Environment): CommandKit {
  return {
    add(command, example, action) {
      command
        .addOption(new Option('--json', 'print one JSON object').helpGroup('Every command:'))
        .addOption(
          new Option('--genesis <file>', 'genesis file of the ledger, the root of all trust').helpGroup(
            'Every command:',
          ),
        )
        .addOption(
          new Option('--node <url>', 'API of a node to ask; repeat for more')
            .argParser(repeated)
            .helpGroup('Every command:'),
        )
        .addOption(new Option('--key <file>', 'key file to sign with').helpGroup('Every command:'))
        .addOption(
          new Option('--passphrase-file <file>', 'file with the passphrase of the key').helpGroup('Every command:'),
        )
        .addOption(
          new Option('--timeout <seconds>', 'how long to wait for finality')
            .argParser(wholeNumber(1, 3600))
            .helpGroup('Every command:'),
        )
        .addHelpText('after', `\nExample:\n  ${example}\n\n${exitCodeHelp}`)
        .action(async (...given: unknown[]) => {
          const self = given.at(-1) as Command
          const options = self.opts() as never
          await action(new Context(options as GlobalOptions, environment), self.args, options)
        })
    },
  }
}

export function buildProgram(environment: Environment): Command {
  const program = new Command('cresset')
    .description('Names, keys and certificates of a consortium, on one ledger.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
    })
    .showSuggestionAfterError()
    .addHelpText('after', `\nStart here:\n  cresset network up --dir cresset --zone acme\n\n${exitCodeHelp}`)
  const kit = commandKit(environment)
  networkCommands(program, kit)
  keyCommands(program, kit)
  accountCommands(program, kit)
  nameCommands(program, kit)
  resolveCommand(program, kit)
  verifyCommand(program, kit)
  notarizeCommand(program, kit)
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
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const code = exitCodeOf(error)
    const message = printable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
    if (commandLine.includes('--json')) {
      const { kind = 'refused', code: name = 'failed' } = error as { kind?: string; code?: string }
      environment.stdout.write(`${JSON.stringify({ error: { kind, code: name, message } })}\n`)
    } else {
      environment.stderr.write(`cresset: ${message}\n`)
    }
    return code
  }
}

import type { TrustPin } from '@cresset/access-client'
import { fromHex } from '@cresset/core-codec'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Context, type Environment, type GlobalOptions } from './context.ts'

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

/** `1200:9f86…`, as `cresset ledger block` of another's machine shows them. */
function trustedBlock(text: string): TrustPin {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text)
  if (match === null || Number(match[1]) < 1)
    throw new InvalidArgumentError('give HEIGHT:HASH, the hash as 64 hex digits')
  return { height: Number(match[1]), blockHash: fromHex(match[2] as string) }
}

export const repeated = (text: string, earlier: readonly string[] | undefined): string[] => [...(earlier ?? []), text]

export const exitCodeHelp =
  'Exit codes: 0 ok, 1 refused, 2 usage, 3 not found, 4 not verified, 5 unreachable, 6 not final in time.'

export function commandKit(environment: Environment): CommandKit {
  return {
    add(command, example, action) {
      command
        .addHelpOption(new Option('-h, --help', 'show this').helpGroup('Every command:'))
        .addOption(new Option('--json', 'print one JSON object').helpGroup('Every command:'))
        .addOption(
          new Option('--genesis <file>', 'genesis file of the ledger, the root of all trust').helpGroup(
            'Every command:',
          ),
        )
        .addOption(
          new Option(
            '--trust <height:hash>',
            'begin from this block, given to you by someone you trust, instead of from genesis or what was checked before',
          )
            .argParser(trustedBlock)
            .helpGroup('Every command:'),
        )
        .addOption(
          new Option('--node <url>', 'API of a node to ask; repeat for more')
            .argParser(repeated)
            .helpGroup('Every command:'),
        )
        .addOption(
          new Option('--key <key>', 'key to sign with: a key file, agent:NAME or pkcs11:URI').helpGroup(
            'Every command:',
          ),
        )
        .addOption(
          new Option(
            '--passphrase-file <file>',
            'file with the passphrase of the key, or the PIN of the token',
          ).helpGroup('Every command:'),
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
          const context = new Context(options as GlobalOptions, environment)
          await action(context, self.args, options).finally(() => context.keepTrust())
        })
    },
  }
}

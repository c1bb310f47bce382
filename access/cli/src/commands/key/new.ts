import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { createKeyFile, createPublicKeyFile, KeyFileError } from '@cresset/keys'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'

interface Options {
  readonly type: 'ed25519' | 'p256'
  readonly passphrase: boolean
  readonly comment?: string
  readonly public?: string
}

export function keyNew(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('new')
    .description('make a key file (mode 0600) under a passphrase')
    .argument('<file>', 'where to write it; an existing file is never overwritten')
    .addOption(new Option('--type <type>', 'kind of key').choices(['ed25519', 'p256']).default('ed25519'))
    .option('--no-passphrase', 'keep the secret in the file as it is')
    .option('--comment <text>', 'a note that anyone who sees the file can read')
    .option('--public <file>', 'also write the public key to a file of its own, to be sent to others')
  kit.add<Options>(command, 'cresset key new alice.key', async (context, [path = ''], options) => {
    const passphrase = options.passphrase ? await context.passphrase(`A passphrase for ${path}`, true) : undefined
    const comment = options.comment ?? ''
    try {
      const key = await createKeyFile(path, { type: options.type, comment, ...(passphrase ? { passphrase } : {}) })
      if (options.public !== undefined) await createPublicKeyFile(options.public, key.publicKey, comment)
      const account = toHex(accountOf(key.publicKey))
      context.output.result(
        { file: path, type: options.type, publicKey: toHex(key.publicKey), account, passphrase: options.passphrase },
        [
          ...columns([
            ['key file', path],
            ['public key', toHex(key.publicKey)],
            ['account', account],
          ]),
          ...(options.passphrase
            ? []
            : ['The file is not under a passphrase: whoever can read it owns all that the key owns.']),
        ],
      )
    } catch (error) {
      if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
      throw error
    }
  })
}

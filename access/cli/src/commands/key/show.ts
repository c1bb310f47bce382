import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { describeKeyFile, KeyFileError } from '@cresset/keys'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'

const holds = {
  public: 'the public key only',
  plain: 'the secret, not under a passphrase',
  encrypted: 'the secret, under a passphrase',
} as const

export function keyShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('the public key and account of a key file; needs no passphrase')
    .argument('[file]', 'key file; --key or CRESSET_KEY when left out')
  kit.add(command, 'cresset key show alice.key', async (context, [given]) => {
    const path = given ?? context.keyPath()
    try {
      const key = await describeKeyFile(path)
      const publicKey = toHex(key.publicKey)
      const account = toHex(accountOf(key.publicKey))
      context.output.result(
        { file: path, type: key.type, publicKey, account, comment: key.comment, holds: key.holds },
        columns([
          ['key file', path],
          ['type', key.type],
          ['public key', publicKey],
          ['account', account],
          ...(key.comment ? [['comment', key.comment] as const] : []),
          ['holds', holds[key.holds]],
        ]),
      )
    } catch (error) {
      if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
      throw error
    }
  })
}

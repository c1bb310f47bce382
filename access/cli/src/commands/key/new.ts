import { toHex } from '@cresset/core-codec'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { createKeyFile, createKeyOnToken, createPublicKeyFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'

interface Options {
  readonly type: 'ed25519' | 'p256'
  readonly pkcs11?: string
  readonly passphrase: boolean
  readonly comment?: string
  readonly public?: string
}

/** Makes the key in a file. */
async function newFile(context: Context, path: string, options: Options): Promise<PublicKey> {
  const passphrase = options.passphrase ? await context.passphrase(`A passphrase for ${path}`, true) : undefined
  const key = await createKeyFile(path, {
    type: options.type,
    comment: options.comment ?? '',
    ...(passphrase ? { passphrase } : {}),
  })
  return key.publicKey
}

/** Makes the key inside a token, whence it never leaves. */
async function newOnToken(context: Context, uri: string, options: Options): Promise<PublicKey> {
  const key = await createKeyOnToken(uri, options.type, context.keySources)
  await key.close()
  return key.publicKey
}

const notRecoverable =
  'P-256 signatures are random: a registration with this key can be finished only on the machine that began it.'

export function keyNew(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('new')
    .description('make a key: a file (mode 0600) under a passphrase, or inside a PKCS#11 token')
    .argument('[file]', 'where to write it; an existing file is never overwritten')
    .addOption(new Option('--type <type>', 'kind of key').choices(['ed25519', 'p256']).default('ed25519'))
    .option('--pkcs11 <uri>', 'make it inside this token: pkcs11:token=ops;object=alice; the PIN is asked for')
    .option('--no-passphrase', 'keep the secret in the file as it is')
    .option('--comment <text>', 'a note that anyone who sees the file can read')
    .option('--public <file>', 'also write the public key to a file of its own, to be sent to others')
  kit.add<Options>(command, 'cresset key new alice.key', async (context, [path], options) => {
    const { pkcs11, type } = options
    if ((path === undefined) === (pkcs11 === undefined))
      throw new UsageError('name a file to write the key to, or a token with --pkcs11 URI')
    const isFile = path !== undefined
    const where = path ?? (pkcs11 as string)
    const publicKey = await context.withKeys(
      isFile ? newFile(context, path, options) : newOnToken(context, where, options),
    )
    if (options.public !== undefined)
      await context.withKeys(createPublicKeyFile(options.public, publicKey, options.comment ?? ''))
    const account = toHex(accountOf(publicKey))
    context.output.result(
      {
        ...(isFile
          ? { file: path, passphrase: options.passphrase }
          : { token: where, recoverable: type === 'ed25519' }),
        type,
        publicKey: toHex(publicKey),
        account,
      },
      [
        ...columns([
          [isFile ? 'key file' : 'token', where],
          ['public key', toHex(publicKey)],
          ['account', account],
        ]),
        ...(isFile && !options.passphrase
          ? ['The file is not under a passphrase: whoever can read it owns all that the key owns.']
          : []),
        ...(!isFile && type === 'p256' ? [notRecoverable] : []),
      ],
    )
  })
}

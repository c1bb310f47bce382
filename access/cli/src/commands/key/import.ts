import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { createKeyFile, createPublicKeyFile, importKeyFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { columns } from '../../terminal/output.ts'
import { askPassphrase } from '../../terminal/passphrase.ts'

interface Options {
  readonly fromPassphraseFile?: string
  readonly passphrase: boolean
  readonly comment?: string
  readonly public?: string
}

export function keyImport(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('import')
    .description('make a key file from an Ed25519 or P-256 key of another program: PKCS#8 or OpenSSH, in PEM')
    .argument('<source>', 'the private key, for example id_ed25519; it stays as it is')
    .argument('<file>', 'where to write the key file')
    .addOption(new Option('--from-passphrase-file <file>', 'file with the passphrase of the source'))
    .option('--no-passphrase', 'keep the secret in the new file as it is')
    .option('--comment <text>', 'a note that anyone who sees the file can read; that of an OpenSSH key when left out')
    .option('--public <file>', 'also write the public key to a file of its own')
  kit.add<Options>(
    command,
    'cresset key import ~/.ssh/id_ed25519 alice.key',
    async (context, [source = '', path = ''], options) => {
      const { interactive } = context.environment
      const { pair, comment, format } = await context.withKeys(
        importKeyFile(source, () =>
          askPassphrase({ file: options.fromPassphraseFile, interactive }, `Passphrase of ${source}`, false),
        ),
      )
      const passphrase = options.passphrase ? await context.passphrase(`A passphrase for ${path}`, true) : undefined
      const note = options.comment ?? comment
      await context.withKeys(createKeyFile(path, { pair, comment: note, ...(passphrase ? { passphrase } : {}) }))
      if (options.public !== undefined)
        await context.withKeys(createPublicKeyFile(options.public, pair.publicKey, note))
      pair.secret.fill(0)
      const [publicKey, account] = [toHex(pair.publicKey), toHex(accountOf(pair.publicKey))]
      context.output.result(
        { file: path, source, format, type: pair.type, publicKey, account, passphrase: options.passphrase },
        [
          ...columns([
            ['key file', path],
            ['made from', `${source} (${format})`],
            ['public key', publicKey],
            ['account', account],
          ]),
          'The source still holds the same secret: delete it, or guard it as well.',
        ],
      )
    },
  )
}

import { generateKeyPairSync } from 'node:crypto'
import { encryptionKeyAction, parseName } from '@cresset/access-client'
import { fromBase64Url, fromHex, toHex } from '@cresset/core-codec'
import { readName } from '@cresset/core-ledger'
import { writeNewFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { columns } from '../../terminal/output.ts'

interface Options extends SendingOptions {
  readonly new?: string
  readonly set?: string
  readonly remove?: boolean
}

/** Makes an X25519 key, its secret half in a file of mode 0600 (PKCS#8 PEM); returns the public half. */
async function makeKey(path: string): Promise<Uint8Array> {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  await writeNewFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  return fromBase64Url(publicKey.export({ format: 'jwk' }).x as string)
}

function parseKey(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UsageError('--set: give the public key as 64 hex digits')
  return fromHex(text)
}

export function nameEncryptionKey(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('encryption-key')
      .description('show or set the X25519 key for which others seal what only the owner of a name shall read')
      .argument('<name>', 'for example shop.acme')
      .addOption(new Option('--new <file>', 'make a key; the file gets its secret half').conflicts(['set', 'remove']))
      .addOption(new Option('--set <hex>', 'public key made elsewhere').conflicts('remove'))
      .option('--remove', 'have none any more'),
  )
  const example = 'cresset name encryption-key shop.acme --new shop.acme.x25519 --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    if (options.new === undefined && options.set === undefined && !options.remove) {
      const { value, rests } = await client.query((view, at) => {
        const { status, entry } = readName(view, name, at)
        return status === 'active' || status === 'grace' ? entry?.registration?.encryptionKey : undefined
      }, `/v1/names/${name}`)
      if (value === undefined)
        throw new ClientError(
          'not-found',
          'encryption-key-absent',
          `${name} has no encryption key; ${restsOnLine(rests)}`,
        )
      context.output.result({ name, encryptionKey: value, rests: restsOnJson(rests) }, [
        ...columns([['encryption key', toHex(value)]]),
        restsOnLine(rests),
      ])
      return
    }
    const made = options.new === undefined ? undefined : await context.withKeys(makeKey(options.new))
    const key = made ?? (options.set === undefined ? undefined : parseKey(options.set))
    const action = encryptionKeyAction(name, key)
    const sent = await sendOrWrite(context, options, action, `the encryption key of ${name}`)
    if (sent === undefined) return
    const outcome =
      key === undefined ? `${name} has no encryption key any more` : `${name} has the encryption key ${toHex(key)}`
    printSent(context, sent, [outcome, ...(options.new === undefined ? [] : [`wrote ${options.new}`])], {
      name,
      ...(key === undefined ? {} : { encryptionKey: key }),
    })
  })
}

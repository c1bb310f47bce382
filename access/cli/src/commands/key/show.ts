import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { describeKey } from '@cresset/keys'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { columns } from '../../terminal/output.ts'

const holds = {
  public: 'the public key only',
  plain: 'the secret, not under a passphrase',
  encrypted: 'the secret, under a passphrase',
  agent: 'nothing here: the agent holds the secret',
  token: 'nothing here: the token holds the secret',
} as const

export function keyShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('the public key and account of a key; needs no passphrase and no PIN')
    .argument('[key]', 'key file, agent:NAME or pkcs11:URI; --key or CRESSET_KEY when left out')
  kit.add(command, 'cresset key show alice.key', async (context, [given]) => {
    const name = given ?? context.keyName()
    const key = await context.withKeys(describeKey(name, context.keySources))
    const publicKey = toHex(key.publicKey)
    const account = toHex(accountOf(key.publicKey))
    const isFile = key.holds !== 'agent' && key.holds !== 'token'
    context.output.result(
      { [isFile ? 'file' : 'key']: name, type: key.type, publicKey, account, comment: key.comment, holds: key.holds },
      columns([
        [isFile ? 'key file' : 'key', name],
        ['type', key.type],
        ['public key', publicKey],
        ['account', account],
        ...(key.comment ? [['comment', key.comment] as const] : []),
        ['holds', holds[key.holds]],
      ]),
    )
  })
}

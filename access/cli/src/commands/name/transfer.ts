import { agreeTransfer, parseName, type SignedTransfer, signTransfer } from '@cresset/access-client'
import { equalBytes, fromHex, toHex } from '@cresset/core-codec'
import { publicKeyProblem } from '@cresset/core-crypto'
import { type Command, Option } from 'commander'
import { formatTime } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { writeTransfer } from './transfer-file.ts'

interface Options {
  readonly to: string
  readonly keepRecords?: boolean
  readonly days: number
  readonly out?: string
}

const dayMs = 86_400_000

function parsePublicKey(text: string): Uint8Array {
  const key = /^[0-9a-f]{66,68}$/.test(text) ? fromHex(text) : undefined
  if (key === undefined || publicKeyProblem(key) !== undefined)
    throw new UsageError(`"${text}" is not a public key; "cresset key show" prints the receiver's`)
  return key
}

export function nameTransfer(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('transfer')
    .description("give a name to another key: signs the owner's half, which the receiver accepts")
    .argument('<name>', 'for example shop.acme')
    .requiredOption('--to <public-key>', 'primary key that receives the name')
    .option('--keep-records', 'hosts and all that is published go with it; else they end')
    .addOption(new Option('--days <count>', 'how long it can be accepted').argParser(wholeNumber(1, 90)).default(30))
    .option('--out <file>', 'where to write it; NAME.transfer if absent')
  kit.add<Options>(
    command,
    'cresset name transfer shop.acme --to 01ab… --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const signer = await context.signer()
      const transfer = await agreeTransfer(client, {
        name,
        to: parsePublicKey(options.to),
        keepRecords: options.keepRecords === true,
        validForMs: options.days * dayMs,
      })
      if (!equalBytes(transfer.from, signer.publicKey))
        throw new UsageError(`${name} belongs to the key ${toHex(transfer.from)}, not to this one`)
      if (equalBytes(transfer.to, transfer.from)) throw new UsageError(`${name} belongs to that key already`)
      const unsigned: SignedTransfer = {
        chainId: client.chainId,
        transfer,
        fromSignature: undefined,
        toSignature: undefined,
      }
      const out = options.out ?? `${name}.transfer`
      await writeTransfer(out, await signTransfer(unsigned, signer))
      context.output.result({ name, file: out, to: transfer.to, expiresMs: transfer.expiresMs }, [
        `wrote ${out}: the receiver takes ${name} with "cresset name accept ${out} --key KEY" until ${formatTime(transfer.expiresMs)}`,
        transfer.keepRecords
          ? 'its hosts and deposit go with it'
          : 'its deposit goes with it; its hosts and all that is published under it end',
        `it is void once ${name} has another key, so "cresset name change-key" takes it back`,
      ])
    },
  )
}

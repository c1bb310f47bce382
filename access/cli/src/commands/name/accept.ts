import { signTransfer, transferNameAction } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { printSent, sendAction } from '../../sending.ts'
import { readTransfer, writeTransfer } from './transfer-file.ts'

interface Options {
  readonly payer?: string
  readonly out?: string
}

export function nameAccept(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('accept')
    .description('accept the transfer of a name; one that both have signed can be carried by any key')
    .argument('<file>', 'file that "name transfer" wrote')
    .option('--payer <key>', 'key that pays the fee, if not --key')
    .option('--out <file>', 'sign only and write it here, so that somebody else carries it')
  kit.add<Options>(
    command,
    'cresset name accept shop.acme.transfer --key bob.key',
    async (context, [path = ''], options) => {
      const client = await context.client()
      const given = await readTransfer(path)
      const { transfer, chainId } = given
      if (chainId !== client.chainId)
        throw new UsageError(`${path} is for the ledger ${chainId}, not ${client.chainId}`)
      const { name } = transfer
      const records = transfer.keepRecords ? 'its hosts go with it' : 'its hosts end'
      context.output.note(
        `${name} goes from ${toHex(transfer.from)} to ${toHex(transfer.to)}; ${records}; to be taken until ${formatTime(transfer.expiresMs)}`,
      )
      const signer = await context.signer()
      const isComplete = given.fromSignature !== undefined && given.toSignature !== undefined
      const signed = isComplete ? given : await signTransfer(given, signer)
      if (options.out !== undefined) {
        await writeTransfer(options.out, signed)
        context.output.result({ name, file: options.out, expiresMs: transfer.expiresMs }, [
          `wrote ${options.out}: any key can carry it with "cresset name accept" until ${formatTime(transfer.expiresMs)}`,
        ])
        return
      }
      const payer = options.payer === undefined ? signer : await context.signer(options.payer)
      const sent = await sendAction(context, [payer], transferNameAction(signed), `transferring ${name}`)
      printSent(
        context,
        sent,
        [
          `${name} belongs to ${toHex(transfer.to)} now`,
          transfer.keepRecords ? 'its hosts stay as they are' : 'it has no hosts: publish them again',
        ],
        { name, to: transfer.to, keptRecords: transfer.keepRecords },
      )
    },
  )
}

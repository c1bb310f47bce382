import { findReceipt } from '@cresset/access-client'
import { fromHex, toJson } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { oldestKept } from '../../oldest-kept.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns } from '../../terminal/output.ts'

export function ledgerTransaction(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('transaction')
    .description('the certified receipt of a transaction')
    .argument('<id>', 'id in hex')
  kit.add(command, 'cresset ledger transaction 5f0c…', async (context, [id = '']) => {
    if (!/^[0-9a-f]{64}$/.test(id)) throw new UsageError(`"${id}" is not a transaction id (64 hex digits)`)
    const client = await context.client()
    const found = await findReceipt(client, fromHex(id))
    if (!found) {
      const pending = await client.connection
        .first((node) => node.get(`/v1/transactions/${id}`))
        .then(() => true)
        .catch((error: unknown) => {
          if (error instanceof ClientError && error.kind === 'not-found') return false
          throw error
        })
      if (pending) throw new ClientError('not-final', 'pending', `transaction ${id} waits for a block`)
      const oldest = await oldestKept(client)
      const forgotten =
        oldest === undefined ? '' : `, or it was final before block ${oldest}, the oldest that they keep`
      throw new ClientError(
        'not-found',
        'not-found',
        `no node knows transaction ${id}${forgotten}; if you still have it, it can be sent again safely`,
      )
    }
    const { receipt, rests } = found
    context.output.result({ transaction: id, receipt: toJson(receipt), rests: restsOnJson(rests) }, [
      ...columns([
        ['transaction', id],
        ['block', String(rests.height)],
        ['result', receipt.code],
        ...receipt.events.map((event) => [event.kind, JSON.stringify(toJson(event.body))] as const),
      ]),
      restsOnLine(rests),
    ])
  })
}

import type { BlockContext } from '../block-context.ts'
import type { Code } from '../codes.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { transfer } from './transfer.ts'

/** Runs what a transaction says; its fee was taken. */
export function runAction(context: BlockContext, prepared: PreparedTransaction): Code {
  const { action } = prepared.transaction
  switch (action.kind) {
    case 'transfer':
      return transfer(context, prepared, action.body)
    default:
      throw new Error(`not built yet: ${action.kind}`)
  }
}

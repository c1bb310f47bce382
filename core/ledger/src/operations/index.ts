import type { BlockContext } from '../block-context.ts'
import type { Code } from '../codes.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { cancel } from './cancel.ts'
import { notarize } from './notarize.ts'
import { publish } from './publish.ts'
import { reveal } from './reveal.ts'
import { seal } from './seal.ts'
import { topUp } from './top-up.ts'
import { transfer } from './transfer.ts'

/** Runs what a transaction says; its fee was taken. */
export function runAction(context: BlockContext, prepared: PreparedTransaction): Code {
  const { action } = prepared.transaction
  switch (action.kind) {
    case 'transfer':
      return transfer(context, prepared, action.body)
    case 'seal':
      return seal(context, prepared, action.body)
    case 'reveal':
      return reveal(context, prepared, action.body)
    case 'publish':
      return publish(context, prepared, action.body)
    case 'topUp':
      return topUp(context, prepared, action.body)
    case 'cancel':
      return cancel(context, prepared, action.body)
    case 'notarize':
      return notarize(context, prepared, action.body)
  }
}

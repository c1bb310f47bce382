import type { ActionBody, ActionKind } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Code } from '../codes.ts'
import type { PreparedTransaction } from '../prepare.ts'

/**
 * One kind of transaction, after its fee was taken: checks everything, then writes. A refusal has written nothing, but for the
 * codes of `reveal` that close the seal.
 */
export type Operation<K extends ActionKind> = (
  context: BlockContext,
  prepared: PreparedTransaction,
  body: ActionBody<K>,
) => Code

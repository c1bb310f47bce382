import type { BlockContext } from '../../block-context.ts'
import type { Refusal } from '../../codes.ts'
import type { ChangeBody, ChangeKind } from '../change.ts'

/** One kind of change. It is judged when it is proposed and again when enough have agreed: much can have changed since. */
export interface ChangeRule<K extends ChangeKind> {
  /** Why it is impossible as the state is. */
  problem(context: BlockContext, body: ChangeBody<K>): Refusal | undefined
  /** Does it; nothing that `problem` has not found can go wrong. */
  apply(context: BlockContext, body: ChangeBody<K>): void
}

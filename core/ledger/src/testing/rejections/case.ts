import type { Code } from '../../codes.ts'
import type { BlockRefusal, BlockResult } from '../../execute-block.ts'

/** Brings about one answer of the ledger and returns it. */
export type Case = () => Code | Promise<Code>

/** The code of a block that must be refused. */
export function refusalOf(result: BlockResult | BlockRefusal): Code {
  return 'refused' in result ? result.refused : 'ok'
}

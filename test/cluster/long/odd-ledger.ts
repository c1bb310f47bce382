/**
 * Loaded into one node's process before its own modules (`node --import`): from ODD_FROM_HEIGHT on its ledger computes another state
 * root than it should, as a node of a wrong build or on a broken machine would.
 */
import { LedgerApplication } from '@cresset/network-application'

const fromHeight = Number(process.env['ODD_FROM_HEIGHT'])
const { finalizeBlock } = LedgerApplication.prototype

LedgerApplication.prototype.finalizeBlock = function odd(this: LedgerApplication, block) {
  const executed = finalizeBlock.call(this, block)
  if (block.height < fromHeight) return executed
  const stateRoot = executed.stateRoot.slice()
  stateRoot[0] = (stateRoot[0] ?? 0) ^ 1
  return { ...executed, stateRoot }
}

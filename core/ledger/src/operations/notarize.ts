import { accountOf } from '@cresset/core-crypto'
import { notarizationEntry } from '../entries/notarization.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** Records that every signer knew this hash at this block's time. */
export const notarize: Operation<'notarize'> = (context, { transaction }, { hash, form }) => {
  const { state, height, timeMs } = context
  const records = transaction.signers.map((key) => {
    const signer = accountOf(key)
    return { signer, key: stateKeys.notarization(hash, signer) }
  })
  if (records.some(({ key }) => state.get(notarizationEntry, key) !== undefined)) return 'notarized-before'

  for (const { signer, key } of records) {
    state.put(notarizationEntry, key, { hash, signer, form, height, timeMs })
    context.events.push({ kind: 'notarized', body: { hash, signer } })
  }
  return 'ok'
}

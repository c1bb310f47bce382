import type { Code } from '@cresset/core-ledger'

/** Answers of a node to a submitted transaction besides the ledger's own codes, each in words. The set is closed. */
export const nodeCodes = {
  'already-known': 'The node holds this transaction already; it need not be sent again.',
  'already-final': 'The transaction is in a final block. Ask for its receipt by its id.',
  'mempool-full': 'The node keeps no more transactions for now. Send it again later; nothing was kept.',
  'sequence-pending': 'Another transaction of this payer waits under the same sequence; the first one stays.',
} as const

/** Every answer to a submitted transaction. */
export type AdmissionCode = Code | keyof typeof nodeCodes

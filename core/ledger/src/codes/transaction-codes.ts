import { admission, block, blockOnly, judged, receipt, row } from './code-description.ts'

/** The transaction as such, and what moves money. */
export const transactionCodes = {
  // The transaction as such: no block may hold it.
  'transaction-malformed': row(
    1,
    block,
    'The bytes are not the canonical encoding of a transaction.',
    'Encode it with this release of the SDK.',
  ),
  'transaction-too-long': row(
    2,
    block,
    'It has more bytes than a transaction may have.',
    'Publish fewer servers or record sets in one transaction.',
  ),
  'signer-twice': row(3, block, 'One key signs twice.', 'List every signer once.'),
  'wrong-chain': row(4, block, 'It was signed for another chain.', 'Sign it again with the chain id of this ledger.'),
  'signature-bad': row(
    5,
    block,
    'A signature is not valid for its key.',
    'Sign the same bytes again with the right keys.',
  ),
  'sequence-not-next': row(
    6,
    blockOnly,
    'The sequence is not the next one of its payer.',
    'Order the transactions of a payer by sequence, without gaps.',
  ),
  'fee-too-low': row(
    7,
    block,
    'The fee offered is below the price of the transaction.',
    'Offer base fee + bytes × fee per byte.',
  ),
  'fee-unpayable': row(8, block, 'The payer cannot pay the fee.', 'Fund the account of the first signer.'),
  'block-too-long': row(
    9,
    blockOnly,
    'The transactions of the block have too many bytes together.',
    'Leave some for the next block.',
  ),
  'block-over-units': row(
    10,
    blockOnly,
    'The transactions of the block cost too many work units together.',
    'Leave some for the next block.',
  ),
  'height-not-rising': row(
    11,
    blockOnly,
    'The block is not above the last one that wrote the state.',
    'Execute blocks in order.',
  ),
  'time-not-rising': row(
    12,
    blockOnly,
    'Block time is not after that of an earlier block.',
    'Set max(own clock, previous block time + 1 ms).',
  ),
  'sequence-used': row(
    13,
    admission,
    'The payer has already used this sequence.',
    'Ask for the next sequence of the account and sign again.',
  ),
  'sequence-too-far': row(
    14,
    admission,
    'The sequence is 64 or more ahead of the next one.',
    'Send the missing transactions first.',
  ),

  // Judged when the block is executed: the fee is taken and the sequence used.
  expired: row(20, judged, 'Block time has passed validUntil.', 'Sign again with a later validUntil.'),
  'valid-too-long': row(
    21,
    judged,
    'validUntil is more than 24 h ahead of block time.',
    'Sign again with an earlier validUntil.',
  ),
  'amount-zero': row(22, receipt, 'The amount is zero.', 'Send at least one smallest unit.'),
  'balance-too-low': row(
    23,
    receipt,
    'After the fee the payer has less than the transaction moves.',
    'Fund the account of the first signer.',
  ),
} as const

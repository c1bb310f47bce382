import { receipt, row } from './code-description.ts'

/** Seals, claims, deposits and terms. */
export const registrationCodes = {
  // Seals and claims.
  'too-many-open-seals': row(
    30,
    receipt,
    'The account has as many open seals as it may without a bond.',
    'Reveal one, or wait until one lapses.',
  ),
  'seal-unknown': row(
    31,
    receipt,
    'No seal of this sender and sequence is open.',
    'Look up whether it was revealed or has lapsed.',
  ),
  'seal-in-same-block': row(
    32,
    receipt,
    'A seal cannot be revealed in the block that holds it.',
    'Reveal it in a later block.',
  ),
  'seal-secret-wrong': row(
    33,
    receipt,
    'The secret does not match the commitment of the seal.',
    'Reveal the secret with which the seal was made.',
  ),
  'seal-unopenable': row(
    34,
    receipt,
    'The ciphertext does not open for its sender, chain, sequence, salt and commitment. The seal is closed, its bond lost.',
    'Make a seal of your own.',
  ),
  'registration-malformed': row(
    35,
    receipt,
    'The seal held no registration. It is closed, its bond lost.',
    'Make the seal with this release of the SDK.',
  ),
  'registration-key-bad': row(
    36,
    receipt,
    'The primary key in the seal cannot be used. The seal is closed, its bond lost.',
    'Seal again with a sound Ed25519 or P-256 key.',
  ),
  'registration-signature-bad': row(
    37,
    receipt,
    'The registration is not signed by its primary key. The seal is closed, its bond lost.',
    'Sign the registration with the primary key before sealing.',
  ),
  'deposit-too-small': row(
    38,
    receipt,
    'The deposit does not cover the first interval. A seal is closed, its bond lost.',
    'Seal again with a larger deposit.',
  ),
  'deposit-too-large': row(39, receipt, 'The deposit is more than a name can hold.', 'Deposit less.'),
  'deposit-unpaid': row(
    40,
    receipt,
    'The maker of the seal cannot pay the deposit. The seal is closed, its bond lost.',
    'Fund the account, then seal again.',
  ),
  'name-taken': row(
    41,
    receipt,
    'The name belongs to somebody. The seal is closed, its bond returned.',
    'Choose another name.',
  ),
  'name-reserved': row(
    42,
    receipt,
    'The name was given up and is not free yet. A seal is closed, its bond returned.',
    'Seal again once the name is free.',
  ),
  'seal-before-free': row(
    43,
    receipt,
    'The seal was made before the name became free. It is closed, its bond returned.',
    'Seal again now.',
  ),
  'claim-older': row(
    44,
    receipt,
    'An older seal claims the name. This one is closed, its bond returned.',
    'Choose another name.',
  ),

  // Deposits and documents.
  'amount-below-quantum': row(
    110,
    receipt,
    'The amount is below one quantum, so nothing would move.',
    'Pay at least one quantum.',
  ),
  'amount-below-arrears': row(
    111,
    receipt,
    'The amount does not cover what the name owes since its deposit ran out.',
    'Pay at least the arrears.',
  ),
  'notarized-before': row(
    112,
    receipt,
    'A signer has notarized this hash before.',
    'Nothing: the earlier record stands.',
  ),

  // Standing orders and terms.
  'names-run-by-term': row(
    179,
    receipt,
    'On this ledger names cost nothing and run by term.',
    'Renew the name with the transaction "renew".',
  ),
  'names-run-by-deposit': row(180, receipt, 'On this ledger names live on their deposits.', 'Top up the deposit.'),
  'renewed-already': row(181, receipt, 'The name already runs for a full term.', 'Renew it later.'),
  'refill-too-small': row(
    182,
    receipt,
    'One refill does not last for the 7 days in which renewals fall due.',
    'Order larger refills.',
  ),
  'cap-below-refill': row(183, receipt, 'The cap is below one refill.', 'Allow at least one refill.'),
  'standing-order-unknown': row(184, receipt, 'The name has no standing order.', 'Nothing: there is none to revoke.'),
} as const

import { receipt, row } from './code-description.ts'

/** Transfer, sale and agreements. */
export const tradeCodes = {
  // Transfer and sale.
  'transfer-signature-bad': row(
    120,
    receipt,
    'The transfer of the name is not signed by both keys.',
    'Sign the same agreement with the key that gives and the key that receives.',
  ),
  'transfer-expired': row(121, receipt, 'The transfer of the name has ended.', 'Agree on a new one.'),
  'expiry-too-far': row(122, receipt, 'It would end more than 90 days after ledger time.', 'Choose an earlier end.'),
  'ownership-differs': row(
    123,
    receipt,
    'The name has had another owner since this was agreed.',
    'Agree again with the present owner.',
  ),
  'transfer-not-from-owner': row(
    124,
    receipt,
    'The key that gives is not the primary key of the name.',
    'Let the owner give it.',
  ),
  'owner-already': row(125, receipt, 'The name has this primary key already.', 'Nothing, or name another key.'),
  'new-key-bad': row(126, receipt, 'The key that receives cannot be used.', 'Name a sound Ed25519 or P-256 key.'),
  'new-key-not-signer': row(
    127,
    receipt,
    'The new primary key is not among the signers.',
    'Sign with the new key too.',
  ),
  'name-not-offered': row(128, receipt, 'The name is not offered.', 'Ask its owner.'),
  'offer-unknown': row(
    129,
    receipt,
    'The name has no offer of this id; another price is another offer.',
    'Look at the offers of the name.',
  ),
  'offer-expired': row(130, receipt, 'The offer has ended.', 'Look at the offers of the name, or set a later end.'),
  'offer-for-another': row(131, receipt, 'The offer is for another buyer.', 'Pay from the account that it names.'),
  'price-above-highest': row(
    132,
    receipt,
    'The price is above the highest that the buyer gives.',
    'Agree to the price, or do not buy.',
  ),
  'seller-differs': row(
    133,
    receipt,
    'The account that would be paid is not the seller that the buyer named.',
    'Look at the offer again.',
  ),
  'too-many-offers': row(134, receipt, 'The name has as many open offers as it may.', 'Withdraw one first.'),

  // Agreements.
  'agreement-parties-unordered': row(
    170,
    receipt,
    "The parties' keys are not in rising order, or one stands twice.",
    'Sort the keys by their bytes and list each once.',
  ),
  'agreement-party-key-bad': row(171, receipt, "A party's key cannot be used.", 'Use a sound Ed25519 or P-256 key.'),
  'agreement-payer-unknown': row(
    172,
    receipt,
    'A transfer is from a party that there is none of.',
    'Count the parties from 0.',
  ),
  'agreement-expired': row(
    173,
    receipt,
    'Ledger time has reached the expiry of the agreement.',
    'Let the parties sign again with a later expiry.',
  ),
  'agreed-before': row(
    175,
    receipt,
    'These parties have agreed on this document before.',
    'Nothing: the earlier agreement stands. A new one needs a document of its own.',
  ),
  'agreement-signature-missing': row(
    176,
    receipt,
    'There is not one signature for each party.',
    'Let the other parties sign.',
  ),
  'agreement-signature-bad': row(
    177,
    receipt,
    "A party's signature is not valid for its key and this agreement.",
    'Let it sign the same agreement again, for this ledger.',
  ),
  'agreement-party-cannot-pay': row(
    178,
    receipt,
    'A party has less than it gives by the agreement.',
    'Fund its account, then carry the same agreement again.',
  ),
} as const

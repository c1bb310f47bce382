import { receipt, row } from './code-description.ts'

/** Keys that sign zones. */
export const zoneKeyCodes = {
  'zone-without-anchors': row(
    270,
    receipt,
    'The members have not agreed on who signs the keys of the zone.',
    'Propose its anchors first.',
  ),
  'zone-key-bad': row(
    271,
    receipt,
    'A key has other flags than 256, 257 or 385, another algorithm than Ed25519 or P-256, or is not sound.',
    'Make it again.',
  ),
  'zone-key-algorithms': row(
    272,
    receipt,
    'The keys are of several algorithms. Resolvers would refuse the zone.',
    'Use keys of one algorithm.',
  ),
  'zone-key-tag-taken': row(
    273,
    receipt,
    'Two keys have the same tag, or would have it once one is revoked.',
    'Make another key.',
  ),
  'zone-anchor-count': row(274, receipt, 'A zone has one to three anchors that are not revoked.', 'List as many.'),
  'zone-key-foreign': row(
    275,
    receipt,
    'A key that signs the zone is no DNS key of a node.',
    'List only DNS keys of nodes that the ledger lists.',
  ),
  'zone-keys-unauthorized': row(
    276,
    receipt,
    "No anchor of the zone has signed this set of keys as the zone's next one.",
    'Have an anchor sign it for the next revision.',
  ),
  'zone-signature-bad': row(
    277,
    receipt,
    'A signature is not one by an anchor of the set over these keys.',
    'Sign the keys again.',
  ),
  'zone-signature-too-long': row(
    278,
    receipt,
    'A signature holds longer than 60 days from now. Whoever is removed could show the old keys for as long.',
    'Publish it later.',
  ),
  'zone-signature-not-current': row(
    279,
    receipt,
    'No signature of an anchor that is not revoked holds now.',
    'Add one that does.',
  ),
} as const

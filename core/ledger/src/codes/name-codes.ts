import { receipt, row } from './code-description.ts'

/** How a name is spelled. */
export const nameCodes = {
  'name-too-long': row(50, receipt, 'The name has more than 64 bytes.', 'Choose a shorter name.'),
  'name-trailing-dot': row(51, receipt, 'The name ends with a dot.', 'Write it without the dot.'),
  'name-upper-case': row(52, receipt, 'The name has upper-case letters.', 'Write it in lower case.'),
  'zone-unknown': row(53, receipt, 'The name is in no zone of this ledger.', 'Take a zone that genesis lists.'),
  'name-not-below-zone': row(
    54,
    receipt,
    'The name is not one label directly below a zone.',
    'Register the name itself; publish hosts below it.',
  ),
  'label-empty': row(55, receipt, 'A label is empty.', 'Remove the extra dot.'),
  'label-character': row(
    57,
    receipt,
    'A label has a character other than a–z, 0–9 and the hyphen.',
    'Use A-labels (xn--…) for other scripts.',
  ),
  'label-hyphen': row(
    58,
    receipt,
    'A label begins or ends with a hyphen, or has two as third and fourth character without being an A-label.',
    'Move the hyphen.',
  ),
  'label-reserved': row(59, receipt, 'The label is kept for the ledger itself.', 'Choose another label.'),
  'a-label-malformed': row(
    60,
    receipt,
    'The text after xn-- is not the Punycode of a label (RFC 3492).',
    'Encode the label again.',
  ),
  'a-label-disallowed': row(
    61,
    receipt,
    'The label has a character that IDNA 2008 does not allow (RFC 5892).',
    'Use lower-case letters, digits and marks of a script.',
  ),
  'a-label-not-normalized': row(
    62,
    receipt,
    'The label is not in normalization form C.',
    'Normalize it, then encode it.',
  ),
  'a-label-begins-with-mark': row(
    63,
    receipt,
    'The label begins with a combining mark (RFC 5891 4.2.3.2).',
    'Begin with a letter or digit.',
  ),
  'a-label-context': row(
    64,
    receipt,
    'A character stands where IDNA 2008 does not allow it (RFC 5892 appendix A).',
    'Remove the character.',
  ),
  'a-label-direction': row(
    65,
    receipt,
    'The label mixes directions of writing (RFC 5893).',
    'Write it in one direction.',
  ),
} as const

import { receipt, row } from './code-description.ts'

/** Certificates that sign others, delegation and encryption keys. */
export const authorityCodes = {
  'authority-malformed': row(
    140,
    receipt,
    'The certificate of the authority is not strict DER of X.509.',
    'Issue it again.',
  ),
  'authority-not-ca': row(
    141,
    receipt,
    'The certificate is no authority: CA:TRUE is missing. A leaf cannot issue.',
    'Issue one with CA:TRUE.',
  ),
  'authority-key-usage': row(
    142,
    receipt,
    'The certificate of the authority lacks the key usage keyCertSign.',
    'Issue one with keyCertSign.',
  ),
  'authority-path-length': row(
    143,
    receipt,
    'The path length is not 1 for a domain certificate, or not 0 for a delegated authority.',
    'Issue one with that path length.',
  ),
  'authority-unconstrained': row(
    144,
    receipt,
    'The authority has no name constraints, or they are not critical.',
    'Issue one with critical name constraints.',
  ),
  'authority-subtree': row(
    145,
    receipt,
    'The name constraints permit something else than exactly the name, or the delegated host, and all below.',
    'Permit that subtree and nothing else.',
  ),
  'authority-addresses': row(
    146,
    receipt,
    'The name constraints do not exclude all IPv4 and all IPv6 addresses.',
    'Exclude 0.0.0.0/0 and ::/0.',
  ),
  'authority-critical-extension': row(
    147,
    receipt,
    'The certificate has a critical extension that clients may not know.',
    'Issue one without it.',
  ),
  'authority-key-unknown': row(
    148,
    receipt,
    "The authority's key is neither Ed25519 nor P-256, or not sound.",
    'Use a P-256 key.',
  ),
  'authority-not-yet-valid': row(
    149,
    receipt,
    'The certificate of the authority begins more than 5 minutes after block time.',
    'Set it later.',
  ),
  'authority-expired': row(150, receipt, 'The certificate of the authority has ended.', 'Issue a new one.'),
  'authority-not-from-domain': row(
    151,
    receipt,
    "The name's domain certificate did not issue the delegated authority, or has ended.",
    'Issue it with the key of the domain certificate that the name holds.',
  ),
  'domain-certificate-absent': row(152, receipt, 'The name holds no domain certificate.', 'Set one first.'),
  'delegation-place': row(
    153,
    receipt,
    'The name itself, a wildcard, or a host that begins with an underscore cannot be delegated.',
    'Delegate a host below the name.',
  ),
  'delegation-unknown': row(154, receipt, 'The host is not delegated.', 'Look at the delegations of the name.'),
  'too-many-delegations': row(155, receipt, 'The name has as many delegations as it may.', 'Take one back first.'),
  'name-server-bad': row(
    156,
    receipt,
    'The name of a name server is not a host name in lower case.',
    'Write labels of a–z, 0–9 and the hyphen, without a final dot.',
  ),
  'name-server-twice': row(157, receipt, 'A name server is listed twice.', 'List it once.'),
  'glue-missing': row(
    158,
    receipt,
    'A name server at or below the delegated host has no address, so nobody could reach it.',
    'Give its addresses.',
  ),
  'glue-foreign': row(
    159,
    receipt,
    'A name server elsewhere has addresses.',
    'Leave them out: they are published where the server has its name.',
  ),
  'delegation-signer-bad': row(
    160,
    receipt,
    'The data of a DS record does not have its form.',
    'Give key tag, algorithm, digest type and digest.',
  ),
  'update-key-bad': row(161, receipt, 'The update key cannot be used.', 'Use a sound Ed25519 or P-256 key.'),
  'encryption-key-bad': row(
    162,
    receipt,
    'The encryption key is no X25519 key, or one that hides nothing.',
    'Make another key.',
  ),
  'encryption-key-absent': row(163, receipt, 'The name has no encryption key.', 'Nothing.'),
} as const

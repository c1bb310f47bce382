/** Where a code can come from. `block`: a block with such a transaction is refused whole, so it costs nobody anything. */
export type CodePlace = 'block' | 'admission' | 'receipt'

export interface CodeDescription {
  /** In receipts; never used again for another code. */
  readonly number: number
  readonly places: readonly CodePlace[]
  readonly meaning: string
  /** What to do about it. */
  readonly remedy: string
}

const block: readonly CodePlace[] = ['block', 'admission']
const blockOnly: readonly CodePlace[] = ['block']
const admission: readonly CodePlace[] = ['admission']
const receipt: readonly CodePlace[] = ['receipt']
const judged: readonly CodePlace[] = ['admission', 'receipt']

function row(number: number, places: readonly CodePlace[], meaning: string, remedy: string): CodeDescription {
  return { number, places, meaning, remedy }
}

/** Every answer that the ledger gives to a transaction or a block. The set is closed. */
export const codes = {
  ok: row(0, ['admission', 'receipt'], 'The transaction took effect.', 'Nothing.'),

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

  // Names.
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

  // Owning and publishing.
  'name-unknown': row(70, receipt, 'Nobody has registered the name.', 'Register it first.'),
  'name-claimed': row(71, receipt, 'The name is claimed but not yet given.', 'Wait until the older seals are settled.'),
  'not-primary-key': row(72, receipt, "The name's primary key is not among the signers.", 'Sign with the primary key.'),
  'host-too-long': row(
    73,
    receipt,
    'The host has more bytes than DNS allows for it and its service names.',
    'Shorten it.',
  ),
  'host-label': row(
    74,
    receipt,
    'A label of the host is not allowed: a–z, 0–9, hyphen, a leading underscore but no number behind it; * only as first label.',
    'Correct the label.',
  ),
  'host-unknown': row(75, receipt, 'The name has no such host.', 'Look at the hosts of the name.'),
  'too-many-hosts': row(76, receipt, 'The name has as many hosts as it may.', 'Withdraw one first.'),
  'ttl-out-of-range': row(
    77,
    receipt,
    "The time to live is outside the ledger's limits.",
    'Choose one within minTtl and maxTtl.',
  ),
  'address-bad': row(
    78,
    receipt,
    'An address has neither 4 nor 16 bytes, or is unspecified, multicast, broadcast or IPv4-mapped.',
    'Publish addresses that a client can connect to.',
  ),
  'address-twice': row(79, receipt, 'A server lists an address twice.', 'List it once.'),
  'host-key-bad': row(80, receipt, "A server's key cannot be used.", 'Use a sound P-256 or Ed25519 key.'),
  'host-key-proof-bad': row(
    81,
    receipt,
    "A server's key did not sign that it belongs to this host and owner.",
    'Let the holder of the key sign the proof.',
  ),
  'certificate-malformed': row(82, receipt, 'The certificate is not strict DER of X.509.', 'Issue it again.'),
  'certificate-key-mismatch': row(
    83,
    receipt,
    "The certificate's key is not the published key.",
    'Publish the key that the certificate holds.',
  ),
  'certificate-host-mismatch': row(
    84,
    receipt,
    'The certificate does not cover the host.',
    'Issue one with the host as dNSName.',
  ),
  'certificate-not-yet-valid': row(
    85,
    receipt,
    'The certificate begins more than 5 minutes after block time.',
    'Publish it later.',
  ),
  'certificate-expired': row(86, receipt, 'The certificate has ended.', 'Issue a new one.'),
  'certificate-not-as-registered': row(
    87,
    receipt,
    'The first publish does not show the certificate that the registration named.',
    'Publish the certificate of that digest and issuer.',
  ),
  'service-twice': row(88, receipt, 'A port and protocol stand twice.', 'List each service once.'),
  'service-bad': row(
    89,
    receipt,
    'A service has port 0, is web over UDP, or stands at a wildcard or a host without servers.',
    'Correct the service.',
  ),
  'record-type-refused': row(
    90,
    receipt,
    'Record sets of this type cannot be published.',
    'SOA, NS and DNSSEC records are made by the ledger; delegate with a transaction of its own.',
  ),
  'record-type-derived': row(
    91,
    receipt,
    'Records of this type are made from the servers and services of the host.',
    'Publish servers and services.',
  ),
  'record-set-twice': row(92, receipt, 'Two record sets have the same type.', 'Join them.'),
  'record-set-too-long': row(93, receipt, 'A record set has more than 4 KiB of data.', 'Publish fewer records.'),
  'record-twice': row(94, receipt, 'A record set has the same data twice.', 'List it once.'),
  'record-data-bad': row(95, receipt, 'Record data does not have the form of its type.', 'Correct the data.'),
  'cname-not-alone': row(
    96,
    receipt,
    'A CNAME record shares its host with other data, or there is more than one.',
    'Publish nothing else at that host.',
  ),
  'delegation-not-alone': row(
    97,
    receipt,
    'The host is delegated and published at once.',
    'Withdraw the host, or take the delegation back.',
  ),
  'below-delegation': row(
    98,
    receipt,
    'The host is below a delegated one, or a host exists below the one to delegate.',
    'Publish it in the delegated zone.',
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

  // Servers and addresses.
  'server-key-known': row(
    190,
    receipt,
    'Another server of the host has this key.',
    'Say that the new one replaces it, or give it a key of its own.',
  ),
  'server-unknown': row(191, receipt, 'The host has no server with this key.', 'Look at the servers of the host.'),
  'too-many-servers': row(192, receipt, 'The host has as many servers as it may.', 'Withdraw one first.'),
  'too-many-addresses': row(
    193,
    receipt,
    'The hosts of the name have more addresses together than they may.',
    'Publish fewer addresses.',
  ),
  'too-many-retiring-keys': row(
    194,
    receipt,
    'The host would have more old keys beside its new ones than it may.',
    'Wait until some have ended, or end them at once with the overlap none.',
  ),
  'address-in-no-range': row(
    195,
    receipt,
    'The address is in no range that the ledger gave to an organization.',
    'Only addresses of such ranges can be confirmed.',
  ),
  'not-address-holder': row(
    196,
    receipt,
    "The holder of the address's range is not among the signers.",
    "Sign with the holder's key.",
  ),
  'address-not-of-host': row(
    197,
    receipt,
    'The host does not publish this address.',
    'Publish it first, or look at the addresses of the host.',
  ),
  'address-confirmed-before': row(198, receipt, 'The host is confirmed for this address already.', 'Nothing.'),
  'address-not-confirmed': row(
    199,
    receipt,
    'The host is not confirmed for this address.',
    'Look at what is confirmed for the address.',
  ),
  'too-many-confirmed': row(
    200,
    receipt,
    'As many hosts are confirmed for the address as may be.',
    'Take one confirmation back first.',
  ),
  'host-too-large': row(
    201,
    receipt,
    'The record of the host would have more than 16 KiB, too much to change it server by server.',
    'Publish the whole host, or fewer and shorter certificates and record sets.',
  ),

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

  // Authorities and delegation.
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
} as const satisfies Record<string, CodeDescription>

export type Code = keyof typeof codes

/** A code that is not `ok`. */
export type Refusal = Exclude<Code, 'ok'>

const byNumber = new Map<number, Code>()
for (const [code, { number }] of Object.entries(codes)) {
  if (byNumber.has(number)) throw new Error(`two codes have the number ${number}`)
  byNumber.set(number, code as Code)
}

export function codeOfNumber(number: number): Code | undefined {
  return byNumber.get(number)
}

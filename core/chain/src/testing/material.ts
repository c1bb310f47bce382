import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { CommitCertificate } from '../certificate.ts'
import { chainIdOf, type Genesis, type GenesisNode, genesisDigest, validatorsOf } from '../genesis.ts'
import { blockHash, type Header, PROTOCOL_VERSION, transactionsRoot } from '../header.ts'
import { misbehaviourRoot } from '../misbehaviour.ts'
import { parametersFrom } from '../settings.ts'
import { validatorsHash } from '../validators.ts'
import { type CommitVote, commitVoteBytes } from '../votes.ts'

/** Keys, genesis and certificates for tests, the same in every run. */
export function keyOf(label: string): KeyPair {
  return generateKeyPair('ed25519', sha256(utf8(label)))
}

export function nodeOf(index: number): GenesisNode {
  return {
    name: `node${index}`,
    organization: `Organization ${index} ÄÖ`,
    roles: ['transaction', 'domain'],
    securityLevel: 1,
    identityKey: keyOf(`identity ${index}`).publicKey,
    consensusKey: keyOf(`consensus ${index}`).publicKey,
    endpoints: { agreement: `127.0.0.1:${7000 + index}`, api: `http://127.0.0.1:${8000 + index}`, dns: '[::1]:5353' },
    tlsFingerprint: sha256(utf8(`certificate ${index}`)),
    dnsKeys: [keyOf(`dns ${index}`).publicKey],
  }
}

export function genesisOf(count: number): Genesis {
  return {
    name: 'first-light',
    timeMs: 1_750_000_000_000,
    engine: 'pbft',
    zones: ['acme', 'home.arpa'],
    nodes: Array.from({ length: count }, (_, index) => nodeOf(index)),
    balances: [{ account: accountOf(keyOf('founder').publicKey), amount: 1_000_000_000_000n }],
    rootCertificate: utf8('not a certificate, only bytes'),
    addressRanges: [],
    parameters: parametersFrom({}),
  }
}

/** Consensus key pairs in the order of the sorted validators. */
export function votingKeysOf(genesis: Genesis): KeyPair[] {
  const byPublicKey = new Map(
    genesis.nodes.map((_, index) => {
      const pair = keyOf(`consensus ${index}`)
      return [toHex(pair.publicKey), pair] as const
    }),
  )
  return validatorsOf(genesis).validators.map(({ key }) => {
    const pair = byPublicKey.get(toHex(key))
    if (pair === undefined) throw new Error('a validator without a key')
    return pair
  })
}

export function headerOf(genesis: Genesis, over: Partial<Header> = {}): Header {
  const set = validatorsHash(validatorsOf(genesis))
  return {
    protocolVersion: PROTOCOL_VERSION,
    chainId: chainIdOf(genesis),
    height: 1,
    timeMs: genesis.timeMs + 1_000,
    proposer: sha256(utf8('proposer')),
    parentHash: genesisDigest(genesis),
    transactionsRoot: transactionsRoot([]),
    misbehaviourRoot: misbehaviourRoot([]),
    validatorsHash: set,
    nextValidatorsHash: set,
    ...over,
  }
}

export function certify(
  genesis: Genesis,
  header: Header,
  signers: readonly number[],
  over: Partial<CommitVote> = {},
): CommitCertificate {
  const vote: CommitVote = {
    height: header.height,
    view: 0,
    blockHash: blockHash(header),
    stateRoot: sha256(utf8('state')),
    receiptsRoot: sha256(utf8('receipts')),
    ...over,
  }
  const message = commitVoteBytes(chainIdOf(genesis), vote)
  const keys = votingKeysOf(genesis)
  const signatures = signers.map((validatorIndex) => {
    const key = keys[validatorIndex] ?? keyOf('a stranger')
    return { validatorIndex, signature: signSync(key, message) }
  })
  return { ...vote, signatures }
}

import {
  amount,
  asciiText,
  type Codec,
  CodecError,
  declare,
  equalBytes,
  type Item,
  list,
  mapped,
  struct,
  uint53,
} from '@cresset/core-codec'
import {
  type KeyPair,
  type PublicKey,
  publicKeyCodec,
  type Signature,
  type Signer,
  sha256,
  signatureCodec,
  signingBytes,
  signSync,
} from '@cresset/core-crypto'
import { type Action, type ActionKind, actionTable } from './actions.ts'

export const transactionVersion = 1
export const maxSigners = 8
/** Bytes of an encoding without its signatures; genesis sets a lower limit for the whole. */
export const maxTransactionBytes = 1_048_576

export interface UnsignedTransaction {
  readonly chainId: string
  /** Tagged keys. The first one pays, and its sequence counts; the others agree. */
  readonly signers: readonly PublicKey[]
  /** The payer's next. */
  readonly sequence: number
  /** Last block time at which the action takes effect, at most 24 h ahead. */
  readonly validUntilMs: number
  /** The most that the payer gives; what is taken is the ledger's price. */
  readonly fee: bigint
  readonly action: Action
}

export interface Transaction {
  readonly unsigned: UnsignedTransaction
  /** One a signer, in their order, all over the same bytes. */
  readonly signatures: readonly Signature[]
}

const chainIdCodec = asciiText({ minBytes: 1, maxBytes: 80 })
const signersCodec = list(publicKeyCodec, { minItems: 1, maxItems: maxSigners })

const kindsByNumber = new Map<number, { kind: ActionKind; body: Codec<unknown> }>()
for (const [kind, [number, body]] of Object.entries(actionTable)) {
  kindsByNumber.set(number, { kind: kind as ActionKind, body: body as Codec<unknown> })
}

function within(step: string, error: unknown): unknown {
  return error instanceof CodecError ? error.within(step) : error
}

/** `[version, chainId, signers, sequence, validUntil, fee, kind, body]`. */
export const unsignedTransactionCodec: Codec<UnsignedTransaction> = declare<UnsignedTransaction>({
  maxBytes: maxTransactionBytes,
  toItem({ chainId, signers, sequence, validUntilMs, fee, action }): Item {
    const [number, body] = actionTable[action.kind]
    try {
      return [
        transactionVersion,
        chainIdCodec.toItem(chainId),
        signersCodec.toItem([...signers]),
        uint53.toItem(sequence),
        uint53.toItem(validUntilMs),
        amount.toItem(fee),
        number,
        (body as Codec<unknown>).toItem(action.body),
      ]
    } catch (error) {
      throw within(action.kind, error)
    }
  },
  read(reader) {
    const count = reader.array()
    const version = reader.uint()
    if (version !== transactionVersion) throw new CodecError('unknown-version', `transaction version ${version}`)
    if (count !== 8) throw new CodecError('wrong-type', `expected an array of 8, found ${count}`)
    const chainId = chainIdCodec.read(reader)
    const signers = signersCodec.read(reader)
    const sequence = uint53.read(reader)
    const validUntilMs = uint53.read(reader)
    const fee = amount.read(reader)
    const number = reader.uint()
    const found = kindsByNumber.get(Number(number))
    if (found === undefined) throw new CodecError('unknown-kind', `no kind of transaction has the number ${number}`)
    try {
      const action = { kind: found.kind, body: found.body.read(reader) } as Action
      return { chainId, signers, sequence, validUntilMs, fee, action }
    } catch (error) {
      throw within(found.kind, error)
    }
  },
})

const signaturesCodec = list(signatureCodec, { minItems: 1, maxItems: maxSigners })

function checked<T extends { unsigned: UnsignedTransaction; signatures: readonly Signature[] }>(transaction: T): T {
  if (transaction.signatures.length !== transaction.unsigned.signers.length) {
    throw new CodecError('out-of-range', 'not one signature for each signer')
  }
  return transaction
}

/** `[unsigned, signatures]`; the id covers all of it. */
export const transactionCodec: Codec<Transaction> = mapped(
  struct({ unsigned: unsignedTransactionCodec, signatures: signaturesCodec }),
  (transaction): Transaction => checked(transaction),
  (transaction) => {
    const { unsigned, signatures } = checked(transaction)
    return { unsigned, signatures: [...signatures] }
  },
)

/** SHA-256 of the complete encoding with its signatures. */
export function transactionId(bytes: Uint8Array): Uint8Array {
  return sha256(bytes)
}

/** What every signer signs. */
export function transactionSigningBytes(unsigned: UnsignedTransaction): Uint8Array {
  return signingBytes('transaction', unsigned.chainId, unsignedTransactionCodec.encode(unsigned))
}

/** A signature and the head of its byte string. */
const encodedSignatureBytes = 66

/** The encoding of the unsigned part as it stands in a canonical encoding of the whole: a view, nothing is encoded again. */
export function unsignedPart(bytes: Uint8Array, signatures: number): Uint8Array {
  return bytes.subarray(1, bytes.length - 1 - signatures * encodedSignatureBytes)
}

/** One of the signatures in a canonical encoding of the whole: a view. */
export function signatureAt(bytes: Uint8Array, signatures: number, index: number): Signature {
  return bytes.subarray(
    bytes.length - (signatures - index) * encodedSignatureBytes + 2,
    bytes.length - (signatures - index - 1) * encodedSignatureBytes,
  )
}

/** Joins signatures, in the order of the signers, to a transaction. Throws CodecError when they are not one each. */
export function joinSignatures(unsigned: UnsignedTransaction, signatures: readonly Signature[]): Uint8Array {
  return transactionCodec.encode({ unsigned, signatures: [...signatures] })
}

/** Signs for all signers, in their order, and encodes. Throws RangeError when the keys differ. */
export async function signTransaction(unsigned: UnsignedTransaction, signers: readonly Signer[]): Promise<Uint8Array> {
  checkSigners(unsigned, signers)
  const message = transactionSigningBytes(unsigned)
  return joinSignatures(unsigned, await Promise.all(signers.map((signer) => signer.sign(message))))
}

/** As `signTransaction`, with key pairs in memory: for load generators and tests. */
export function signTransactionSync(unsigned: UnsignedTransaction, pairs: readonly KeyPair[]): Uint8Array {
  checkSigners(unsigned, pairs)
  const message = transactionSigningBytes(unsigned)
  return joinSignatures(
    unsigned,
    pairs.map((pair) => signSync(pair, message)),
  )
}

function checkSigners(unsigned: UnsignedTransaction, keys: readonly { readonly publicKey: PublicKey }[]): void {
  const isSame =
    keys.length === unsigned.signers.length &&
    keys.every((key, index) => equalBytes(key.publicKey, unsigned.signers[index] as PublicKey))
  if (!isSame) throw new RangeError('the keys given are not the signers of the transaction, in their order')
}

/** Length of the encoding of a transaction once it has its signatures, so that its fee can be told before signing. */
export function signedLength(unsigned: UnsignedTransaction): number {
  return 1 + unsignedTransactionCodec.encode(unsigned).length + 1 + unsigned.signers.length * encodedSignatureBytes
}

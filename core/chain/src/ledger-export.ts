import { CodecError, equalBytes, fromBase64Url, toBase64Url } from '@cresset/core-codec'
import { type Block, blockCodecFor, bodyMatchesHeader } from './block.ts'
import { type CommitCertificate, commitCertificateCodec, type SignatureCheck } from './certificate.ts'
import { checkFinality, type FinalityCode } from './finality.ts'
import { chainIdOf, type Genesis, genesisDigest, validatorsOf } from './genesis.ts'
import { genesisFromJson, genesisToJson } from './genesis-json.ts'
import { decodeValidators, encodeValidators, type ValidatorSet, validatorsHash } from './validators.ts'

/**
 * A ledger as a text file, which needs nothing but itself and a genesis digest to be checked: one line with genesis, then one
 * line a block from height 1 on, with the certificate that made it final.
 */
export interface ExportedBlock {
  readonly block: Block
  readonly certificate: CommitCertificate
  /** Of a block that names other validators for the next height: those. */
  readonly nextValidators?: ValidatorSet | undefined
}

/** Longest line of a block: the greatest block that genesis can set and its certificate, in base64url. */
export const MAX_EXPORT_LINE_CHARACTERS = 16 * 1_048_576
const format = 'cresset-ledger-export'
const version = 1

/**
 * - `malformed`: not a line of this format and version
 * - `not-next`, `wrong-parent`, `time-not-rising`: does not follow the block before
 * - `wrong-body`: the header is of other transactions
 * - `wrong-next-validators`: names other validators for the next height, and they are missing or others than those given
 * - the others: of the certificate
 */
export type ExportCode =
  | FinalityCode
  | 'malformed'
  | 'not-next'
  | 'wrong-parent'
  | 'time-not-rising'
  | 'wrong-body'
  | 'wrong-next-validators'

export class LedgerExportError extends Error {
  override readonly name = 'LedgerExportError'
  readonly code: ExportCode
  readonly height: number

  constructor(code: ExportCode, height: number) {
    super(`the export is wrong at height ${height}: ${code}`)
    this.code = code
    this.height = height
  }
}

/** First line. */
export function exportHead(genesis: Genesis): string {
  return JSON.stringify({ format, version, genesis: genesisToJson(genesis) })
}

export function exportLine(genesis: Genesis, { block, certificate, nextValidators }: ExportedBlock): string {
  return JSON.stringify({
    block: toBase64Url(blockCodecFor(genesis.parameters).encode(block)),
    certificate: toBase64Url(commitCertificateCodec.encode(certificate)),
    ...(nextValidators === undefined ? {} : { nextValidators: toBase64Url(encodeValidators(nextValidators)) }),
  })
}

/** Genesis of an export. Throws LedgerExportError `malformed`. */
export function readExportHead(line: string): Genesis {
  try {
    const head = JSON.parse(line) as { format?: unknown; version?: unknown; genesis?: unknown }
    if (head.format === format && head.version === version && typeof head.genesis === 'string') {
      return genesisFromJson(head.genesis)
    }
  } catch {
    // Not JSON, or not a genesis.
  }
  throw new LedgerExportError('malformed', 0)
}

/** Follows an export from genesis, block by block: what it has accepted, the validators of genesis and those they named made final. */
export class ExportFollower {
  readonly genesis: Genesis
  readonly #chainId: string
  /** They decide the next block. */
  #validators: ValidatorSet
  #validatorsHash: Uint8Array
  readonly #check: SignatureCheck | undefined
  height = 0
  #timeMs: number
  #hash: Uint8Array

  constructor(genesis: Genesis, check?: SignatureCheck) {
    this.genesis = genesis
    this.#chainId = chainIdOf(genesis)
    this.#validators = validatorsOf(genesis)
    this.#validatorsHash = validatorsHash(this.#validators)
    this.#check = check
    this.#timeMs = genesis.timeMs
    this.#hash = genesisDigest(genesis)
  }

  get blockHash(): Uint8Array {
    return this.#hash
  }

  /** Takes the next line. Throws LedgerExportError. */
  line(text: string): ExportedBlock {
    let entry: ExportedBlock
    try {
      const { block, certificate, nextValidators } = JSON.parse(text) as Record<string, string>
      entry = {
        block: blockCodecFor(this.genesis.parameters).decode(fromBase64Url(block as string)),
        certificate: commitCertificateCodec.decode(fromBase64Url(certificate as string)),
        nextValidators:
          nextValidators === undefined
            ? undefined
            : decodeValidators(fromBase64Url(nextValidators), this.genesis.engine),
      }
    } catch (error) {
      if (error instanceof CodecError || error instanceof SyntaxError || error instanceof TypeError) {
        throw new LedgerExportError('malformed', this.height + 1)
      }
      throw error
    }
    this.accept(entry)
    return entry
  }

  /** Takes the next block, or throws LedgerExportError and stays where it is. */
  accept({ block, certificate, nextValidators }: ExportedBlock): void {
    const height = this.height + 1
    const refuse = (code: ExportCode): LedgerExportError => new LedgerExportError(code, height)
    const { header } = block
    if (header.height !== height) throw refuse('not-next')
    if (!equalBytes(header.parentHash, this.#hash)) throw refuse('wrong-parent')
    if (header.timeMs <= this.#timeMs) throw refuse('time-not-rising')
    if (!bodyMatchesHeader(block)) throw refuse('wrong-body')
    const { stateRoot } = certificate
    const proof = { engine: 'quorum', stateHeight: height, stateRoot, evidence: { header, certificate } } as const
    const final = checkFinality(proof, this.#validators, this.#chainId, this.#check)
    if (final.code !== 'ok') throw refuse(final.code)
    if (!equalBytes(header.nextValidatorsHash, this.#validatorsHash)) {
      const hash = nextValidators === undefined ? undefined : validatorsHash(nextValidators)
      if (nextValidators === undefined || !equalBytes(hash as Uint8Array, header.nextValidatorsHash)) {
        throw refuse('wrong-next-validators')
      }
      this.#validators = nextValidators
      this.#validatorsHash = header.nextValidatorsHash
    }
    this.height = height
    this.#timeMs = header.timeMs
    this.#hash = final.blockHash
  }
}

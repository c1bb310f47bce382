import {
  commitCertificateCodec,
  decodeValidators,
  encodeValidators,
  type Header,
  headerCodec,
  type ValidatorSet,
  validatorsHash,
} from '@cresset/core-chain'
import { bytes, equalBytes, versioned } from '@cresset/core-codec'
import type { ValidatorChange } from '@cresset/network-consensus/interface'
import {
  heightPart,
  heightRange,
  layout,
  readHeight,
  type Store,
  storedKey,
  type Write,
} from '@cresset/network-storage'

/** A header with its certificate; the sets that it names are stored under their hashes, each once. */
const changeCodec = versioned(1, {
  header: bytes({ maxBytes: headerCodec.maxBytes }),
  certificate: bytes({ maxBytes: commitCertificateCodec.maxBytes }),
})

const GREATEST_HEIGHT = 2 ** 48 - 1

/** Writes of a block whose header names other validators for the next height. Nothing here is ever replaced or pruned. */
export function changeWrites(
  header: Header,
  certificate: Uint8Array,
  sets: { readonly validators: ValidatorSet; readonly nextValidators: ValidatorSet },
): Write[] {
  const value = changeCodec.encode({ header: headerCodec.encode(header), certificate })
  return [
    setWrite(sets.validators),
    setWrite(sets.nextValidators),
    { key: storedKey(layout.validatorChanges, heightPart(header.height)), value },
  ]
}

/** Writes of a change that was followed from another node's answer, and checked. */
export function storedChange({ header, certificate, validators, nextValidators }: ValidatorChange): Write[] {
  const { height, validatorsHash: hash, nextValidatorsHash } = headerCodec.decode(header)
  return [
    { key: storedKey(layout.validatorSets, hash), value: validators },
    { key: storedKey(layout.validatorSets, nextValidatorsHash), value: nextValidators },
    { key: storedKey(layout.validatorChanges, heightPart(height)), value: changeCodec.encode({ header, certificate }) },
  ]
}

export function setWrite(set: ValidatorSet): Write {
  return { key: storedKey(layout.validatorSets, validatorsHash(set)), value: encodeValidators(set) }
}

/** Every set by its hash, and the heights at which one followed another. */
export class ValidatorHistory {
  readonly #store: Store
  readonly #genesis: ValidatorSet
  readonly #genesisHash: Uint8Array

  constructor(store: Store, genesis: ValidatorSet) {
    this.#store = store
    this.#genesis = genesis
    this.#genesisHash = validatorsHash(genesis)
  }

  set(hash: Uint8Array): ValidatorSet | undefined {
    if (equalBytes(hash, this.#genesisHash)) return this.#genesis
    const stored = this.#store.get(storedKey(layout.validatorSets, hash))
    return stored === undefined ? undefined : decodeValidators(stored, this.#genesis.rule)
  }

  /** Heights from after the first to before the second at which the next validators are others, rising. */
  heights(after: number, before: number, limit: number): number[] {
    return [...this.#stored(after, before, limit)].map(([height]) => height)
  }

  /** Changes above a height, rising, for who follows them from there. */
  changes(above: number, limit: number): ValidatorChange[] {
    return [...this.#stored(above, GREATEST_HEIGHT, limit)].map(([, value]) => this.#change(value))
  }

  change(height: number): ValidatorChange | undefined {
    const stored = this.#store.get(storedKey(layout.validatorChanges, heightPart(height)))
    return stored === undefined ? undefined : this.#change(stored)
  }

  *#stored(after: number, before: number, limit: number): Generator<[number, Uint8Array]> {
    const from = Math.min(GREATEST_HEIGHT, after + 1)
    const below = Math.min(GREATEST_HEIGHT, Math.max(before, from))
    const range = heightRange(layout.validatorChanges, from, below)
    for (const [key, value] of this.#store.range({ ...range, limit })) yield [readHeight(key, 1), value]
  }

  #change(value: Uint8Array): ValidatorChange {
    const { header, certificate } = changeCodec.decode(value)
    const { validatorsHash: hash, nextValidatorsHash } = headerCodec.decode(header)
    return { header, certificate, validators: this.#encoded(hash), nextValidators: this.#encoded(nextValidatorsHash) }
  }

  #encoded(hash: Uint8Array): Uint8Array {
    const encoded = equalBytes(hash, this.#genesisHash)
      ? encodeValidators(this.#genesis)
      : this.#store.get(storedKey(layout.validatorSets, hash))
    if (encoded === undefined)
      throw new Error('invariant: a committed header names validators that this ledger never had')
    return encoded
  }
}

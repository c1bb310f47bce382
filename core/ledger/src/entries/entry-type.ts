import { type Codec, CodecError, type Decoded, declare, type Item } from '@cresset/core-codec'

/**
 * Every kind of entry in the state and the number it carries after its version, so that a scan of the state knows what it
 * finds: keys are hashes. Numbers are never used again.
 */
export const entryKinds = {
  parameters: 1,
  time: 2,
  zones: 3,
  node: 4,
  nameNodes: 5,
  treasury: 6,
  income: 7,
  account: 8,
  sealQueue: 9,
  sealPosition: 10,
  seal: 11,
  openSealCount: 12,
  claim: 13,
  name: 14,
  lease: 15,
  host: 16,
  notarization: 17,
  feeFund: 18,
  leaseCounts: 19,
  leaseChunk: 20,
  feeRows: 21,
  dailyFeeRows: 22,
  offers: 23,
  domainCertificate: 26,
  delegation: 27,
  addressClaims: 38,
  addressRanges: 39,
  retirementQueues: 40,
  retirement: 41,
  agreement: 32,
  agreementList: 33,
  agreementChunk: 34,
  standingOrder: 35,
  renewals: 36,
  validators: 44,
  members: 45,
  nodeKey: 46,
  proposals: 47,
  proposal: 48,
  votes: 49,
  protocol: 50,
  stake: 51,
  unbondings: 52,
  unbonding: 53,
  replacedKey: 54,
  zoneKeys: 55,
  recordTable: 56,
  recordPage: 57,
  recordRemovals: 58,
  recordRemoval: 59,
} as const

export type EntryKind = keyof typeof entryKinds

/** Kinds whose entries hold the hash of their predecessor: what a block replaces of them is handed out, to be kept outside the state. */
export const recordKinds: ReadonlySet<EntryKind> = new Set<EntryKind>(['name', 'host', 'delegation'])

/** A kind of entry: how its values are written. The value of one kind is never taken for another. */
export interface EntryType<T> {
  readonly kind: EntryKind
  readonly codec: Codec<T>
}

// biome-ignore lint/suspicious/noExplicitAny: a codec is invariant in its type, so no other bound accepts every codec
type Fields = Record<string, Codec<any>>
type Values<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

const version = 1

/** An entry `[version, kind, field…]`. */
export function entryType<F extends Fields>(kind: EntryKind, fields: F): EntryType<Values<F>> {
  const names = Object.keys(fields)
  const codecs = names.map((name) => fields[name] as Codec<unknown>)
  const count = names.length + 2
  const number = entryKinds[kind]
  const codec = declare<Values<F>>({
    maxBytes: 6 + codecs.reduce((sum, field) => sum + field.maxBytes, 0),
    toItem(value) {
      const items: Item[] = new Array(count)
      items[0] = version
      items[1] = number
      for (let index = 0; index < names.length; index++) {
        items[index + 2] = (codecs[index] as Codec<unknown>).toItem(value[names[index] as string])
      }
      return items
    },
    read(reader) {
      if (reader.array() !== count) throw new CodecError('wrong-type', `not an entry of kind ${kind}`)
      const foundVersion = reader.uint()
      if (foundVersion !== version) throw new CodecError('unknown-version', `${kind}: version ${foundVersion}`)
      if (reader.uint() !== number) throw new CodecError('unknown-kind', `not an entry of kind ${kind}`)
      const value: Record<string, unknown> = {}
      for (let index = 0; index < names.length; index++) {
        value[names[index] as string] = (codecs[index] as Codec<unknown>).read(reader)
      }
      return value as Values<F>
    },
  })
  return { kind, codec }
}

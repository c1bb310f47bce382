import {
  amount,
  type Codec,
  concatBytes,
  type Decoded,
  hash32,
  mapped,
  optional,
  readUint32,
  uint,
  uint16,
  uint32ToBytes,
  uint53,
  versioned,
} from '@cresset/core-codec'
import { type ActionKind, actionTable, codeCodec } from '@cresset/core-ledger'
import { heightPart, layout, readHeight, storedKey } from '@cresset/network-storage'
import { accountRoles, directions } from './parts-of-transaction.ts'

const kindOfNumber = new Map<number, ActionKind>(
  Object.entries(actionTable).map(([kind, [number]]) => [number, kind as ActionKind]),
)
const kindCodec: Codec<ActionKind> = mapped(
  uint16,
  (number) => {
    const kind = kindOfNumber.get(number)
    if (kind === undefined) throw new RangeError(`no kind of transaction has the number ${number}`)
    return kind
  },
  (kind) => actionTable[kind][0],
)

function choice<const T extends readonly string[]>(values: T): Codec<T[number]> {
  return mapped(
    uint(values.length - 1),
    (index) => values[index] as T[number],
    (value) => values.indexOf(value),
  )
}

/** All that a list shows of a transaction, so that a page reads no blocks. The key holds account, height and index. */
export const accountRowCodec = versioned(1, {
  id: hash32,
  timeMs: uint53,
  kind: kindCodec,
  code: codeCodec,
  role: choice(accountRoles),
  counterpart: optional(hash32),
  amount: optional(amount),
  direction: optional(choice(directions)),
})
export type AccountRow = Decoded<typeof accountRowCodec>

/** Where a transaction stands on the ledger. */
export interface TransactionPlace {
  readonly height: number
  readonly index: number
}

const accountBytes = 32
const heightBytes = 6

const placePart = ({ height, index }: TransactionPlace): Uint8Array =>
  concatBytes(heightPart(height), uint32ToBytes(index))

export function accountRowKey(account: Uint8Array, place: TransactionPlace): Uint8Array {
  return storedKey(layout.accountIndex, account, placePart(place))
}

export const accountOfKey = (key: Uint8Array): Uint8Array => key.subarray(1, 1 + accountBytes)

export function placeOfKey(key: Uint8Array): TransactionPlace {
  const at = 1 + accountBytes
  return { height: readHeight(key, at), index: readUint32(key, at + heightBytes) }
}

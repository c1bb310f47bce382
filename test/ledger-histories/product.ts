import { fromHex, toHex } from '@cresset/core-codec'

/** The ledger under test: core/ledger, or a copy of it with a planted bug. */
export type Product = typeof import('@cresset/core-ledger')

/** The product's state in a map, by the hex of its keys. */
export class ProductState {
  readonly entries = new Map<string, Uint8Array>()

  get(key: Uint8Array): Uint8Array | undefined {
    return this.entries.get(toHex(key))
  }

  apply(changes: readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.entries.delete(toHex(key))
      else this.entries.set(toHex(key), value)
    }
  }

  /** In the order of their keys, as the product's own scan wants them. */
  sorted(): { key: Uint8Array; value: Uint8Array }[] {
    return [...this.entries.keys()]
      .sort()
      .map((key) => ({ key: fromHex(key), value: this.entries.get(key) as Uint8Array }))
  }
}

import type { TransferSource, TransferZone } from '../transfer/transfer-source.ts'
import type { ZoneSource } from '../zone-source.ts'

/** Two sources as one, without a zone in both. */
export function combinedSource(first: ZoneSource, second: ZoneSource): ZoneSource {
  return {
    // Both rise, so that the sum does.
    get generation() {
      return first.generation + second.generation
    },
    get isStale() {
      return first.isStale || second.isStale
    },
    findZone(bytes, offset) {
      const [one, other] = [first.findZone(bytes, offset), second.findZone(bytes, offset)]
      if (one === undefined || other === undefined) return one ?? other
      return one.apex.length > other.apex.length ? one : other
    },
  }
}

/** The same for zones as a whole. */
export function combinedTransferSource<
  First extends TransferZone | 'not-ready',
  Second extends TransferZone | 'not-ready',
>(first: TransferSource<First>, second: TransferSource<Second>): TransferSource<First | Second> {
  const sourceOf = (apex: Uint8Array) => (first.zone(apex) === undefined ? second : first)
  return {
    zone: (apex) => first.zone(apex) ?? second.zone(apex),
    differences: (apex, serial, taker) => sourceOf(apex).differences?.(apex, serial, taker),
    ...((first.given ?? second.given) && {
      given: (apex: Uint8Array, serial: number, taker: string) => sourceOf(apex).given?.(apex, serial, taker),
    }),
  }
}

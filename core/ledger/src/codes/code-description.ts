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

export const block: readonly CodePlace[] = ['block', 'admission']
export const blockOnly: readonly CodePlace[] = ['block']
export const admission: readonly CodePlace[] = ['admission']
export const receipt: readonly CodePlace[] = ['receipt']
export const judged: readonly CodePlace[] = ['admission', 'receipt']

export function row(number: number, places: readonly CodePlace[], meaning: string, remedy: string): CodeDescription {
  return { number, places, meaning, remedy }
}

import { readOnce, readRuns } from './code-point-set.ts'
import { idnaTable } from './idna-table.ts'

/** Normalization form C (UAX #15) of code points that labels may have, by the repository's own table. */

const hangul = { sBase: 0xac00, lBase: 0x1100, vBase: 0x1161, tBase: 0x11a7, vCount: 21, tCount: 28, sCount: 11_172 }

const table = readOnce(() => {
  const combiningSets = Object.entries(idnaTable.combiningClasses).map(([number, runs]) => ({
    combiningClass: Number(number),
    set: readRuns(runs),
  }))
  const composites = new Map<number, number>()
  const decompositions = new Map<number, readonly [first: number, second: number]>()
  const triples = idnaTable.compositions.flatMap((line) => line.split(' ').map((word) => Number.parseInt(word, 36)))
  for (let index = 0; index < triples.length; index += 3) {
    const [first, second, composite] = triples.slice(index, index + 3) as [number, number, number]
    composites.set(pairKey(first, second), composite)
    decompositions.set(composite, [first, second])
  }
  return { combiningSets, composites, decompositions }
})

function pairKey(first: number, second: number): number {
  return first * 0x11_0000 + second
}

/** Canonical combining class; 0 for starters. */
export function combiningClass(codePoint: number): number {
  if (codePoint < 0x300) return 0
  return table().combiningSets.find(({ set }) => set.has(codePoint))?.combiningClass ?? 0
}

/** Whether a label's code points are their own normalization form C. */
export function isNormalized(codePoints: readonly number[]): boolean {
  const normal = compose(reorder(codePoints.flatMap(decompose)))
  return normal.length === codePoints.length && normal.every((point, index) => point === codePoints[index])
}

function decompose(codePoint: number): number[] {
  const { sBase, sCount, tCount, vCount, lBase, vBase, tBase } = hangul
  const syllable = codePoint - sBase
  if (syllable >= 0 && syllable < sCount) {
    const parts = [
      lBase + Math.floor(syllable / (vCount * tCount)),
      vBase + Math.floor((syllable % (vCount * tCount)) / tCount),
    ]
    return syllable % tCount === 0 ? parts : [...parts, tBase + (syllable % tCount)]
  }
  const pair = table().decompositions.get(codePoint)
  return pair === undefined ? [codePoint] : [...decompose(pair[0]), pair[1]]
}

/** Marks between two starters in the order of their classes, those of one class as they were. */
function reorder(codePoints: readonly number[]): number[] {
  const ordered = [...codePoints]
  const classes = ordered.map(combiningClass)
  for (let index = 1; index < ordered.length; index++) {
    for (let at = index; at > 0; at--) {
      const before = classes[at - 1] as number
      const own = classes[at] as number
      if (own === 0 || before <= own) break
      swap(ordered, at)
      swap(classes, at)
    }
  }
  return ordered
}

function swap(items: number[], at: number): void {
  const before = items[at - 1] as number
  items[at - 1] = items[at] as number
  items[at] = before
}

function compose(codePoints: readonly number[]): number[] {
  const output: number[] = []
  let starter = -1
  let lastClass = 0
  for (const codePoint of codePoints) {
    const own = combiningClass(codePoint)
    const isAdjacent = starter >= 0 && output.length === starter + 1
    if (starter >= 0 && (isAdjacent || (lastClass < own && lastClass !== 0))) {
      const composite = compositeOf(output[starter] as number, codePoint)
      if (composite !== undefined) {
        output[starter] = composite
        continue
      }
    }
    output.push(codePoint)
    lastClass = own
    if (own === 0) starter = output.length - 1
  }
  return output
}

function compositeOf(first: number, second: number): number | undefined {
  const { sBase, sCount, tCount, vCount, lBase, vBase, tBase } = hangul
  const l = first - lBase
  const v = second - vBase
  if (l >= 0 && l < 19 && v >= 0 && v < vCount) return sBase + (l * vCount + v) * tCount
  const syllable = first - sBase
  const t = second - tBase
  if (syllable >= 0 && syllable < sCount && syllable % tCount === 0 && t > 0 && t < tCount) return first + t
  return table().composites.get(pairKey(first, second))
}

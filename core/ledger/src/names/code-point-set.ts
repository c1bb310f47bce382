/** Code points as sorted runs, read from the table's text. */
export interface CodePointSet {
  has(codePoint: number): boolean
}

/** Reads a table when it is first asked for: most processes never see a label in another script. */
export function readOnce<T>(read: () => T): () => T {
  let known: T | undefined
  return () => {
    known ??= read()
    return known
  }
}

/** Reads runs written as gap and length in base 36. */
export function readRuns(lines: readonly string[]): CodePointSet {
  const starts: number[] = []
  const ends: number[] = []
  let end = 0
  for (const line of lines) {
    for (const word of line.split(' ')) {
      const [gap = '', length = '1'] = word.split('.')
      const start = end + Number.parseInt(gap, 36)
      end = start + Number.parseInt(length, 36)
      starts.push(start)
      ends.push(end)
    }
  }
  return {
    has(codePoint) {
      let low = 0
      let high = starts.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((starts[middle] as number) <= codePoint) low = middle + 1
        else high = middle
      }
      return low > 0 && codePoint < (ends[low - 1] as number)
    },
  }
}

import type { Refusal } from '../codes.ts'
import { type CodePointSet, readOnce, readRuns } from './code-point-set.ts'
import { idnaTable } from './idna-table.ts'
import { combiningClass, isNormalized } from './normalization.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

/** IDNA 2008 for labels on the ledger (RFC 5890 to 5893): a label in another script is its A-label, and stands for one text. */

/** Part of the protocol: a later version of Unicode allows labels that this one refuses. */
export const idnaUnicodeVersion: string = idnaTable.unicodeVersion

type BidiClass = keyof typeof idnaTable.bidiClasses | 'L'
type Script = keyof typeof idnaTable.scripts

const table = readOnce(() => ({
  valid: readRuns(idnaTable.valid),
  contextJ: readRuns(idnaTable.contextJ),
  contextO: readRuns(idnaTable.contextO),
  marks: readRuns(idnaTable.marks),
  bidiSets: Object.entries(idnaTable.bidiClasses).map(([name, runs]) => ({ name, set: readRuns(runs) })),
  scripts: Object.fromEntries(
    Object.entries(idnaTable.scripts).map(([name, runs]) => [name, readRuns(runs)]),
  ) as Record<Script, CodePointSet>,
  joining: {
    L: readRuns(idnaTable.joiningTypes.L),
    R: readRuns(idnaTable.joiningTypes.R),
    D: readRuns(idnaTable.joiningTypes.D),
    T: readRuns(idnaTable.joiningTypes.T),
  },
}))

const virama = 9
const hyphen = 0x2d

/** Why an A-label (`xn--…`, lower case) cannot be registered, or undefined. */
export function aLabelProblem(label: string): Refusal | undefined {
  const encoded = label.slice(4)
  const codePoints = decodePunycode(encoded)
  // A text of ASCII alone has no A-label, and every text has one A-label only.
  if (codePoints === undefined || codePoints.every((point) => point < 0x80)) return 'a-label-malformed'
  if (encodePunycode(codePoints) !== encoded) return 'a-label-malformed'
  return unicodeLabelProblem(codePoints)
}

/** RFC 5891 section 4.2 for a label that has code points beyond ASCII. */
export function unicodeLabelProblem(codePoints: readonly number[]): Refusal | undefined {
  const { valid, contextJ, contextO, marks } = table()
  const isKnown = (point: number) => valid.has(point) || contextJ.has(point) || contextO.has(point)
  if (!codePoints.every(isKnown)) return 'a-label-disallowed'
  if (!isNormalized(codePoints)) return 'a-label-not-normalized'
  if (codePoints[0] === hyphen || codePoints[codePoints.length - 1] === hyphen) return 'label-hyphen'
  if (codePoints[2] === hyphen && codePoints[3] === hyphen) return 'label-hyphen'
  if (marks.has(codePoints[0] as number)) return 'a-label-begins-with-mark'
  for (let at = 0; at < codePoints.length; at++) {
    const point = codePoints[at] as number
    if (contextJ.has(point) && !joinerFits(codePoints, at)) return 'a-label-context'
    if (contextO.has(point) && !othersFit(codePoints, at)) return 'a-label-context'
  }
  return fitsOneDirection(codePoints) ? undefined : 'a-label-direction'
}

/** RFC 5892 appendix A.1 and A.2. */
function joinerFits(codePoints: readonly number[], at: number): boolean {
  const before = codePoints[at - 1]
  if (before !== undefined && combiningClass(before) === virama) return true
  if (codePoints[at] !== 0x200c) return false
  const { joining } = table()
  let left = at - 1
  while (left >= 0 && joining.T.has(codePoints[left] as number)) left -= 1
  let right = at + 1
  while (right < codePoints.length && joining.T.has(codePoints[right] as number)) right += 1
  if (left < 0 || right >= codePoints.length) return false
  const [first, last] = [codePoints[left] as number, codePoints[right] as number]
  return (joining.L.has(first) || joining.D.has(first)) && (joining.R.has(last) || joining.D.has(last))
}

/** RFC 5892 appendix A.3 to A.9. */
function othersFit(codePoints: readonly number[], at: number): boolean {
  const { scripts } = table()
  const point = codePoints[at] as number
  const before = codePoints[at - 1] ?? -1
  const after = codePoints[at + 1] ?? -1
  if (point === 0xb7) return before === 0x6c && after === 0x6c
  if (point === 0x375) return scripts.Greek.has(after)
  if (point === 0x5f3 || point === 0x5f4) return scripts.Hebrew.has(before)
  if (point === 0x30fb) {
    const isJapanese = (other: number) =>
      other !== point && (scripts.Hiragana.has(other) || scripts.Katakana.has(other) || scripts.Han.has(other))
    return codePoints.some(isJapanese)
  }
  const isArabicIndic = (other: number) => other >= 0x660 && other <= 0x669
  const isExtended = (other: number) => other >= 0x6f0 && other <= 0x6f9
  return isArabicIndic(point) ? !codePoints.some(isExtended) : !codePoints.some(isArabicIndic)
}

function bidiClassOf(codePoint: number): BidiClass {
  return (table().bidiSets.find(({ set }) => set.has(codePoint))?.name ?? 'L') as BidiClass
}

/** RFC 5893 section 2. A name's zone is written from left to right, so the rule is asked of labels that go the other way only. */
function fitsOneDirection(codePoints: readonly number[]): boolean {
  const classes = codePoints.map(bidiClassOf)
  const isBidi = classes.some((name) => name === 'R' || name === 'AL' || name === 'AN')
  if (!isBidi) return true
  const end = classes.findLast((name) => name !== 'NSM')
  if (classes[0] === 'R' || classes[0] === 'AL') {
    if (classes.includes('L') || (classes.includes('EN') && classes.includes('AN'))) return false
    return end === 'R' || end === 'AL' || end === 'EN' || end === 'AN'
  }
  // Rules 1 and 5: from left to right there is no R, AL or AN.
  return false
}

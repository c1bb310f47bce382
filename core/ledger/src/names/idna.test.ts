import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aLabelProblem, idnaUnicodeVersion, unicodeLabelProblem } from './idna.ts'
import { isNormalized } from './normalization.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

const points = (text: string) => Array.from(text, (character) => character.codePointAt(0) as number)

/** RFC 3492 section 7.1, lower-cased, without the samples that keep upper case or have none but ASCII. */
const samples: [text: string, encoded: string][] = [
  [
    '\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064a\u061f',
    'egbpdaj6bu4bxfgehfvwxn',
  ],
  ['\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['\u4ed6\u5011\u7232\u4ec0\u9ebd\u4e0d\u8aaa\u4e2d\u6587', 'ihqwctvzc91f659drss3x8bo0yb'],
  [
    '\u05dc\u05de\u05d4\u05d4\u05dd\u05e4\u05e9\u05d5\u05d8\u05dc\u05d0\u05de\u05d3\u05d1\u05e8\u05d9\u05dd\u05e2\u05d1\u05e8\u05d9\u05ea',
    '4dbcagdahymbxekheh6e0a7fei0b',
  ],
  [
    '\u306a\u305c\u307f\u3093\u306a\u65e5\u672c\u8a9e\u3092\u8a71\u3057\u3066\u304f\u308c\u306a\u3044\u306e\u304b',
    'n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa',
  ],
  ['3\u5e74b\u7d44\u91d1\u516b\u5148\u751f', '3b-ww4c5e180e575a65lsy2b'],
  ['\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067', 'd9juau41awczczp'],
]

test('Punycode: the samples of RFC 3492 section 7.1, both ways', () => {
  for (const [text, encoded] of samples) {
    assert.equal(encodePunycode(points(text)), encoded)
    assert.deepEqual(decodePunycode(encoded), points(text))
  }
})

test('Punycode: decoding inverts encoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (text) => {
      assert.deepEqual(decodePunycode(encodePunycode(points(text))), points(text))
    }),
  )
})

test('Punycode: whatever comes in, decoding ends in a text or in nothing', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{0,59}$/), (encoded) => {
      const decoded = decodePunycode(encoded)
      if (decoded === undefined) return
      for (const point of decoded) assert(point >= 0 && point <= 0x10_ffff)
    }),
    { numRuns: 2_000 },
  )
})

test('normalization form C agrees with the platform on characters that both know', () => {
  // Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Hangul and combining marks: the same in every version of Unicode here.
  const characters = fc.oneof(
    fc.integer({ min: 0x61, max: 0x7a }),
    fc.integer({ min: 0xe0, max: 0x17f }),
    fc.integer({ min: 0x300, max: 0x345 }),
    fc.integer({ min: 0x3ac, max: 0x3ce }),
    fc.integer({ min: 0x5b0, max: 0x5ea }),
    fc.integer({ min: 0x904, max: 0x957 }),
    fc.integer({ min: 0x1e00, max: 0x1eff }),
    fc.integer({ min: 0xac00, max: 0xd7a3 }),
    fc.integer({ min: 0x11a8, max: 0x11c2 }),
  )
  fc.assert(
    fc.property(fc.array(characters, { minLength: 1, maxLength: 6 }), (codePoints) => {
      // Characters that no label may have are judged before; here only sequences of allowed ones count.
      if (codePoints.some((point) => unicodeLabelProblem([point, 0xe9]) === 'a-label-disallowed')) return
      const text = String.fromCodePoint(...codePoints)
      assert.equal(isNormalized(codePoints), text.normalize('NFC') === text, JSON.stringify(codePoints))
    }),
    { numRuns: 5_000 },
  )
})

test('labels of many scripts are registered', () => {
  assert.equal(idnaUnicodeVersion, '14.0.0')
  const labels = [
    'b\u00fccher',
    'fa\u00df',
    '\u03b5\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac\u03c2',
    '\u043f\u0440\u0438\u043c\u0435\u0440',
  ]
  labels.push(
    '\u05e9\u05dc\u05d5\u05dd',
    '\u0645\u062b\u0627\u0644',
    '\u0928\u092e\u0938\u094d\u0924\u0947',
    '\u4f8b\u3048',
    '\ud55c\uad6d',
  )
  for (const label of labels) assert.equal(aLabelProblem(`xn--${encodePunycode(points(label))}`), undefined, label)
})

const judged: [text: string, problem: string | undefined][] = [
  // RFC 5892 appendix A.1: after a virama, or between joining letters; A.2: after a virama only.
  ['\u0915\u094d\u200c\u0937', undefined],
  ['\u0628\u200c\u0628', undefined],
  ['\u0628\u064b\u200c\u064b\u0628', undefined],
  ['a\u200cb', 'a-label-context'],
  ['\u0627\u200c\u0628', 'a-label-context'],
  ['\u0915\u094d\u200d\u0937', undefined],
  ['\u0628\u200d\u0628', 'a-label-context'],
  ['\u200d\u0628', 'a-label-context'],
  // A.3 to A.9.
  ['l\u00b7l', undefined],
  ['l\u00b7a', 'a-label-context'],
  ['\u00b7l', 'a-label-context'],
  ['\u0375\u03b1', undefined],
  ['\u0375a', 'a-label-context'],
  ['\u05d0\u05f3', undefined],
  ['\u05f3\u05d0', 'a-label-context'],
  ['\u05d0\u05f4\u05d1', undefined],
  ['\u30fb\u30a2', undefined],
  ['a\u30fbb', 'a-label-context'],
  ['\u0628\u0660', undefined],
  ['\u0628\u0660\u06f0', 'a-label-context'],
  ['\u0628\u06f0', undefined],
  // Marks, hyphens, normalization, what is not allowed.
  ['\u0301a\u00e9', 'a-label-begins-with-mark'],
  ['-\u00e9', 'label-hyphen'],
  ['\u00e9-', 'label-hyphen'],
  ['\u00e9a--b', 'label-hyphen'],
  ['e\u0301', 'a-label-not-normalized'],
  ['\u1100\u1161', 'a-label-disallowed'],
  ['\u00c9', 'a-label-disallowed'],
  ['\u2163', 'a-label-disallowed'],
  ['\ufb01', 'a-label-disallowed'],
  ['\u0640', 'a-label-disallowed'],
  ['\u200b\u00e9', 'a-label-disallowed'],
  ['\u{1f600}', 'a-label-disallowed'],
  ['\u1c8a', 'a-label-disallowed'],
  ['\ue000', 'a-label-disallowed'],
  // RFC 5893: a label from right to left holds no Latin letter and does not begin with a digit.
  ['\u05d0a', 'a-label-direction'],
  ['1\u05d0', 'a-label-direction'],
  ['\u05d01', undefined],
  ['\u0628\u06611', 'a-label-direction'],
]

test('the rules of RFC 5892 appendix A, RFC 5891 section 4.2 and RFC 5893', () => {
  for (const [text, problem] of judged) assert.equal(unicodeLabelProblem(points(text)), problem, JSON.stringify(text))
})

test('a text has one A-label, and ASCII has none', () => {
  for (const label of ['xn--0', 'xn--99999999', 'xn--a-b-0']) {
    assert.equal(aLabelProblem(label), 'a-label-malformed', label)
  }
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{0,8}-?[a-z0-9]{1,8}$/), (encoded) => {
      if (aLabelProblem(`xn--${encoded}`) !== undefined) return
      assert.equal(encodePunycode(decodePunycode(encoded) ?? []), encoded)
    }),
    { numRuns: 5_000 },
  )
})

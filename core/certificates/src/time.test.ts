import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '@cresset/core-codec'
import fc from 'fast-check'
import { DerError } from './der-error.ts'
import { tags } from './tags.ts'
import { civilTimeOf, decodeTime, encodeTime, lastTimeMs, millisecondsOf } from './time.ts'

const utc = (text: string): number => decodeTime(tags.utcTime, utf8(text))
const generalized = (text: string): number => decodeTime(tags.generalizedTime, utf8(text))

describe('X.509 time (RFC 5280 4.1.2.5)', () => {
  it('agrees with the calendar of the platform for every day of 1950 to 2350', () => {
    for (let ms = Date.UTC(1950, 0, 1); ms < Date.UTC(2350, 0, 1); ms += 86_400_000) {
      const date = new Date(ms)
      const civil = civilTimeOf(ms + 43_199_999)
      assert.deepEqual(
        [civil.year, civil.month, civil.day],
        [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
      )
      assert.equal(millisecondsOf({ ...civil, hour: 0, minute: 0, second: 0 }), ms)
    }
  })

  it('reads back what it writes, to the second', () => {
    const first = Date.UTC(1950, 0, 1)
    fc.assert(
      fc.property(fc.integer({ min: first, max: lastTimeMs }), (ms) => {
        const { tag, text } = encodeTime(ms)
        assert.equal(decodeTime(tag, utf8(text)), Math.floor(ms / 1000) * 1000)
        const iso = new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')
        assert.equal(text, tag === tags.utcTime ? `${iso.slice(2)}Z` : `${iso}Z`)
      }),
    )
  })

  it('turns the century at 50, and from UTCTime to GeneralizedTime at 2050', () => {
    assert.equal(utc('500101000000Z'), Date.UTC(1950, 0, 1))
    assert.equal(utc('491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59))
    assert.equal(generalized('20500101000000Z'), Date.UTC(2050, 0, 1))
    assert.equal(generalized('99991231235959Z'), lastTimeMs)
    assert.throws(() => generalized('20491231235959Z'), DerError)
    assert.deepEqual(encodeTime(Date.UTC(2049, 11, 31, 23, 59, 59, 999)), { tag: tags.utcTime, text: '491231235959Z' })
    assert.deepEqual(encodeTime(Date.UTC(2050, 0, 1)), { tag: tags.generalizedTime, text: '20500101000000Z' })
  })

  it('refuses other forms and dates that are none', () => {
    const wrong = [
      '2601151200Z', // no seconds
      '260115120000', // no zone
      '260115120000+0000',
      '260115120000.0Z',
      '26011512000 Z',
      '260015120000Z',
      '261315120000Z',
      '260100120000Z',
      '260132120000Z',
      '260229120000Z', // 2026 is no leap year
      '260431120000Z',
      '260115240000Z',
      '260115126000Z',
      '260115120060Z', // no leap second
      '26011512000/Z',
      '',
    ]
    for (const text of wrong) {
      assert.throws(
        () => utc(text),
        (error) => error instanceof DerError && error.code === 'der-time',
        text,
      )
    }
    assert.equal(utc('280229120000Z'), Date.UTC(2028, 1, 29, 12))
    assert.throws(() => generalized('21000229000000Z'), DerError)
    assert.equal(generalized('24000229000000Z'), Date.UTC(2400, 1, 29))
    assert.throws(() => decodeTime(tags.octetString, utf8('260115120000Z')), DerError)
  })

  it('does not write times outside 1950 to 9999', () => {
    assert.throws(() => encodeTime(Date.UTC(1950, 0, 1) - 1), RangeError)
    assert.throws(() => encodeTime(lastTimeMs + 1000), RangeError)
    assert.throws(() => encodeTime(Number.NaN), RangeError)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  childName,
  compareNames,
  countLabels,
  equalNames,
  formatName,
  isAtOrBelow,
  isLowerCaseName,
  isName,
  isWildcard,
  lowerCaseName,
  nameEnd,
  parentName,
  parseAbsoluteName,
  parseName,
  ROOT_NAME,
} from './index.ts'

const arbitraryLabel = fc.uint8Array({ minLength: 1, maxLength: 63 })
const arbitraryName = fc
  .array(arbitraryLabel, { maxLength: 6 })
  .map((labels) => labels.reduce<Uint8Array>((name, label) => childName(label, name) ?? name, ROOT_NAME))

test('limits of RFC 1035 section 2.3.4: 63 bytes a label, 255 a name', () => {
  const label = 'a'.repeat(63)
  assert.equal(parseAbsoluteName(label).length, 65)
  assert.throws(() => parseAbsoluteName(`${label}a`), { code: 'label-too-long' })
  const longest = [label, label, label, 'b'.repeat(61)].join('.')
  assert.equal(parseAbsoluteName(longest).length, 255)
  assert.throws(() => parseAbsoluteName(`${longest}b`), { code: 'name-too-long' })
  assert.throws(() => parseName(longest, parseAbsoluteName('x')), { code: 'name-too-long' })
  assert.throws(() => parseAbsoluteName('a.'.repeat(128)), { code: 'name-too-long' })
})

test('text that is no name is refused by code', () => {
  const refused: [string, string][] = [
    ['', 'name-syntax'],
    ['.a', 'label-empty'],
    ['a..b', 'label-empty'],
    ['a..', 'label-empty'],
    ['a b', 'name-syntax'],
    ['é', 'name-syntax'],
    ['a\\', 'name-syntax'],
    ['a\\25', 'name-syntax'],
    ['a\\256', 'name-syntax'],
    ['a\u0000', 'name-syntax'],
  ]
  for (const [text, code] of refused) assert.throws(() => parseAbsoluteName(text), { code }, JSON.stringify(text))
  assert.throws(() => parseName('www'), { code: 'name-relative' })
})

test('a relative name is completed by the origin, an absolute one is not', () => {
  const origin = parseAbsoluteName('acme')
  assert.equal(formatName(parseName('www.shop', origin)), 'www.shop.acme.')
  assert.equal(formatName(parseName('www.shop.', origin)), 'www.shop.')
  assert.equal(formatName(parseName('@', origin)), 'acme.')
  assert.equal(formatName(parseName('a\\.', origin)), 'a\\..acme.')
})

test('every name survives text and back', () => {
  fc.assert(fc.property(arbitraryName, (name) => assert.deepEqual(parseName(formatName(name)), name)))
})

test('parsing text never gives a malformed name', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      let name: Uint8Array
      try {
        name = parseAbsoluteName(text)
      } catch (error) {
        assert.equal((error as Error).name, 'WireError')
        return
      }
      assert(isName(name))
    }),
  )
})

test('well-formed names are told from other bytes', () => {
  assert(isName(Uint8Array.of(0)))
  assert(!isName(Uint8Array.of()))
  assert(!isName(Uint8Array.of(1, 0x61)))
  assert(!isName(Uint8Array.of(0, 0)))
  assert(!isName(Uint8Array.of(0xc0, 0)))
  assert(!isName(new Uint8Array(300).fill(1)))
  assert.equal(nameEnd(Uint8Array.of(9, 1, 0x61, 0, 9), 1), 4)
})

test('RFC 4343 section 3: only ASCII letters lose their case', () => {
  const name = Uint8Array.of(5, 0x41, 0x5a, 0x40, 0x5b, 0xc1, 0)
  assert.deepEqual(lowerCaseName(name), Uint8Array.of(5, 0x61, 0x7a, 0x40, 0x5b, 0xc1, 0))
  assert(!isLowerCaseName(name))
  assert(isLowerCaseName(lowerCaseName(name)))
  assert(equalNames(parseAbsoluteName('WWW.Shop.ACME'), parseAbsoluteName('www.shop.acme')))
})

test('being below another name is a matter of labels, not of bytes', () => {
  const at = (name: string, ancestor: string): boolean =>
    isAtOrBelow(parseAbsoluteName(name), parseAbsoluteName(ancestor))
  assert(at('www.shop.acme', 'SHOP.acme'))
  assert(at('shop.acme', 'shop.acme'))
  assert(at('acme', '.'))
  assert(!at('acme', 'shop.acme'))
  assert(!at('xshop.acme', 'shop.acme'))
  // The first label ends with the bytes of the name ".acme" has on the wire.
  assert(!at('a\\004acme', 'acme'))
})

test('parents, children, labels, wildcards', () => {
  const name = parseAbsoluteName('*.shop.acme')
  assert.equal(countLabels(name), 3)
  assert.equal(countLabels(ROOT_NAME), 0)
  assert(isWildcard(name))
  assert(!isWildcard(parseAbsoluteName('**.acme')))
  assert.equal(formatName(parentName(name) as Uint8Array), 'shop.acme.')
  assert.equal(parentName(ROOT_NAME), undefined)
  assert.equal(childName(new Uint8Array(64), ROOT_NAME), undefined)
  assert.equal(childName(Uint8Array.of(), ROOT_NAME), undefined)
  assert.equal(childName(Uint8Array.of(1), new Uint8Array(254)), undefined)
})

test('the order of names is total and agrees with equality', () => {
  fc.assert(
    fc.property(arbitraryName, arbitraryName, arbitraryName, (a, b, c) => {
      assert.equal(Math.sign(compareNames(a, b)), -Math.sign(compareNames(b, a)) + 0)
      assert.equal(compareNames(a, b) === 0, equalNames(a, b))
      if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0) assert(compareNames(a, c) <= 0)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Comparison, explain } from './accepted.ts'
import { type Comparable, differences } from './compare.ts'

const answer = [
  'd.c.test. 300 DNAME x.test.',
  'd.c.test. 300 RRSIG dname 15',
  'www.test. 300 CNAME b.d.c.test.',
  'www.test. 300 RRSIG cname 15',
  'b.d.c.test. 300 CNAME b.x.test.',
]
const soa = 'test. 60 SOA ns.test.'
const nsec = (owner: string, next: string): string[] => [
  `${owner} 60 NSEC ${next} a rrsig nsec`,
  `${owner} 60 RRSIG nsec 15`,
]
const wildcardProof = nsec('www.test.', 'x.test.')

/** NSD's answer lacks what ours proves beside the wildcard. */
function comparisonOf(ours: string[], change: Partial<Comparison> = {}, theirs: string[] = []): Comparison {
  const responseOf = (authority: string[]): Comparable => ({
    rcode: 'NXDOMAIN',
    isAuthoritative: true,
    answer,
    authority: [soa, ...authority],
    additional: [],
  })
  const sides = { ours: responseOf([...wildcardProof, ...ours]), theirs: responseOf([...wildcardProof, ...theirs]) }
  return {
    peer: 'nsd',
    zone: { apex: 'test.', text: '', owners: ['test.', 'd.c.test.', 'www.test.', 'a.x.test.', 'c.x.test.'] },
    denial: 'nsec',
    name: 'www.test.',
    type: 'A',
    dnssecOk: true,
    ...sides,
    differences: differences(sides.ours, sides.theirs),
    ...change,
  }
}
const isAccepted = (comparison: Comparison): boolean => explain(comparison).length > 0

test('behind a DNAME the peer may lack the record that spans what is not there, and that alone', () => {
  const spanning = nsec('a.x.test.', 'c.x.test.')
  assert.ok(isAccepted(comparisonOf(spanning)))
  assert.ok(isAccepted(comparisonOf(nsec('a.x.test.', 'test.'))), 'the last of the zone')
  const refused: Record<string, Comparison> = {
    'one that ends before it': comparisonOf(nsec('a.x.test.', 'aa.x.test.')),
    'one that begins behind it': comparisonOf(nsec('c.x.test.', 'test.')),
    'one that is it': comparisonOf(nsec('b.x.test.', 'c.x.test.')),
    'one without its signature': comparisonOf(spanning.slice(0, 1)),
    'one with the signature of another': comparisonOf([spanning[0] as string, nsec('c.x.test.', 'test.')[1] as string]),
    'two of them': comparisonOf([...spanning, ...nsec('c.x.test.', 'test.')]),
    'one that we lack': comparisonOf([], {}, spanning),
    'one in the place of another': comparisonOf(spanning, {}, nsec('d.c.test.', 'www.test.')),
    'what Knot lacks': comparisonOf(spanning, { peer: 'knotd' }),
    'a hashed one': comparisonOf(spanning, { denial: 'nsec3' }),
    'one of a name that no DNAME made': comparisonOf(spanning, { name: 'b.x.test.' }),
  }
  for (const [what, comparison] of Object.entries(refused)) assert.ok(!isAccepted(comparison), what)
})

test('Knot ends a chain of aliases behind the fifth, and nowhere else', () => {
  const aliases = Array.from({ length: 6 }, (_, index) => `${index}.test. 300 CNAME ${index + 1}.test.`)
  const chainOf = (rcode: string, answer: string[], authority: string[] = []): Comparable => ({
    rcode,
    isAuthoritative: true,
    answer,
    authority,
    additional: [],
  })
  const ours = chainOf('NXDOMAIN', aliases, [soa])
  const chainComparison = (theirs: Comparable, change: Partial<Comparison> = {}): Comparison =>
    comparisonOf([], {
      peer: 'knotd',
      name: '0.test.',
      denial: 'none',
      dnssecOk: false,
      ours,
      theirs,
      differences: differences(change.ours ?? ours, theirs),
      ...change,
    })
  assert.ok(isAccepted(chainComparison(chainOf('NOERROR', aliases.slice(0, 5)))))
  const refused: Record<string, Comparison> = {
    'four of them': chainComparison(chainOf('NOERROR', aliases.slice(0, 4))),
    'another five': chainComparison(chainOf('NOERROR', aliases.slice(1))),
    'one that we lack': chainComparison(chainOf('NOERROR', [...aliases.slice(0, 4), '4.test. 300 CNAME 9.test.'])),
    'an address beside them': chainComparison(chainOf('NOERROR', [...aliases.slice(0, 5), '5.test. 300 A 192.0.2.1'])),
    'a denial': chainComparison(chainOf('NOERROR', aliases.slice(0, 5), [soa])),
    'another status': chainComparison(chainOf('SERVFAIL', aliases.slice(0, 5))),
    'a chain of five': chainComparison(chainOf('NOERROR', aliases.slice(0, 5)), {
      ours: chainOf('NXDOMAIN', aliases.slice(0, 5), [soa]),
    }),
    'what NSD says': chainComparison(chainOf('NOERROR', aliases.slice(0, 5)), { peer: 'nsd' }),
  }
  for (const [why, comparison] of Object.entries(refused)) assert.ok(!isAccepted(comparison), why)
})

test('sections that differ may each have a reason of its own, and each must have one', () => {
  // NSD follows a chain without end less far, and proves the wildcard before it with another record.
  const endless = [
    'x.test. 300 DNAME a.x.test.',
    'b.x.test. 300 CNAME b.a.x.test.',
    'b.a.x.test. 300 CNAME b.a.a.x.test.',
  ]
  const wild = { apex: 'test.', text: '', owners: ['test.', 'd.c.test.', 'www.test.', '*.x.test.', 'c.x.test.'] }
  const both = (theirAnswer: string[], theirAuthority: string[]): Comparison => {
    const given = comparisonOf([], { zone: wild })
    const ours = {
      ...given.ours,
      rcode: 'NOERROR',
      answer: [...answer, ...endless],
      authority: nsec('a.x.test.', 'c.x.test.'),
    }
    const theirs = { ...ours, answer: theirAnswer, authority: theirAuthority }
    return { ...given, ours, theirs, differences: differences(ours, theirs) }
  }
  const shorter = [...answer, ...endless.slice(0, 2)]
  const explained = both(shorter, nsec('*.x.test.', 'c.x.test.'))
  assert.deepEqual(
    explain(explained).map(({ clause }) => clause),
    ['RFC 6672 section 3.2', 'RFC 4035 sections 3.1.3.3 and 3.1.3.4'],
  )
  assert.ok(!isAccepted(both([...shorter, 'y.test. 300 A 192.0.2.1'], nsec('*.x.test.', 'c.x.test.'))))
  assert.ok(!isAccepted(both(shorter, [soa])))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, type Comparison } from './accepted.ts'
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
const isAccepted = (comparison: Comparison): boolean =>
  accepted.some(({ peer, is }) => (peer === 'both' || peer === comparison.peer) && is(comparison))

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

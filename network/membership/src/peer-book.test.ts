import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KnownNode } from './known-node.ts'
import { farewellMs, PeerBook } from './peer-book.ts'

const nobody: ReadonlySet<string> = new Set()

function node(name: string, over: Partial<KnownNode> = {}): KnownNode {
  const id = name.repeat(64).slice(0, 64)
  const agreement = `192.0.2.${name.charCodeAt(0)}:7400`
  return { id, name, agreement, api: `https://${name}.ns.acme:8400`, tlsFingerprint: '0a'.repeat(32), ...over }
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => node(name)) as [KnownNode, KnownNode, KnownNode, KnownNode]

function bookOf(over: Partial<ConstructorParameters<typeof PeerBook>[0]> = {}): PeerBook {
  return new PeerBook({ self: a.id, ownAgreement: a.agreement, ...over })
}

const ids = (book: PeerBook, nowMs: number): string[] => book.addresses(nowMs).map(({ id }) => id.slice(0, 1))

describe('peer book', () => {
  it('has all nodes of the ledger but this one', () => {
    const book = bookOf()
    assert.equal(book.isMember, false)
    book.update(7, [a, b, c], nobody, 0)
    assert.deepEqual(ids(book, 0), ['b', 'c'])
    assert.equal(book.isMember, true)
    assert.equal(book.nameOf(c.id), 'c')
    const [first] = book.addresses(0)
    assert.deepEqual(first, { id: b.id, host: '192.0.2.98', port: 7400, certificateFingerprint: '0a'.repeat(32) })
  })

  it('gives a new node those of the joining file until its ledger is as far', () => {
    const book = bookOf({ introduction: { height: 50, nodes: [c, d] } })
    book.update(0, [b], nobody, 0)
    assert.deepEqual(ids(book, 0), ['b', 'c', 'd'])
    book.update(49, [a, b], nobody, 0)
    assert.deepEqual(ids(book, 0), ['b', 'c', 'd'])
    assert.equal(book.isUnsettled, true)
    book.update(50, [a, c], nobody, 0)
    assert.deepEqual(ids(book, farewellMs), ['c'])
  })

  it('believes a joining file over an older ledger about a certificate and a place', () => {
    const moved = node('b', { agreement: '192.0.2.7:1', tlsFingerprint: '0b'.repeat(32) })
    const book = bookOf({ introduction: { height: 50, nodes: [moved] } })
    book.update(10, [a, b], nobody, 0)
    assert.equal(book.addresses(0)[0]?.host, '192.0.2.7')
    assert.equal(book.addresses(0)[0]?.certificateFingerprint, '0b'.repeat(32))
    book.update(50, [a, b], nobody, 0)
    assert.equal(book.addresses(0)[0]?.host, '192.0.2.98')
  })

  it('lets go of a removed node after it could hear of it', () => {
    const book = bookOf()
    book.update(1, [a, b, c], nobody, 0)
    book.update(2, [a, b], nobody, 1_000)
    assert.equal(book.isUnsettled, true)
    assert.deepEqual(ids(book, 1_000), ['b', 'c'])
    assert.deepEqual(ids(book, 1_000 + farewellMs - 1), ['b', 'c'])
    assert.deepEqual(ids(book, 1_000 + farewellMs), ['b'])
    assert.equal(book.isUnsettled, false)
  })

  it('keeps a removed validator as long as blocks need its vote', () => {
    const book = bookOf()
    book.update(1, [a, b], new Set([a.id, b.id]), 0)
    book.update(2, [a], new Set([a.id, b.id]), 0)
    assert.deepEqual(ids(book, 10 * farewellMs), ['b'])
    book.update(3, [a], new Set([a.id]), 10 * farewellMs)
    assert.deepEqual(ids(book, 10 * farewellMs), [])
  })

  it('takes a node back that is admitted again', () => {
    const book = bookOf()
    book.update(1, [a, b], nobody, 0)
    book.update(2, [a], nobody, 0)
    book.update(3, [a, b], nobody, 1)
    assert.equal(book.isUnsettled, false)
    assert.deepEqual(ids(book, 10 * farewellMs), ['b'])
  })

  it('does not dial another machine at a loopback address', () => {
    const local = node('b', { agreement: '127.0.0.1:7400' })
    const elsewhere = bookOf()
    elsewhere.update(1, [a, local], nobody, 0)
    assert.equal(elsewhere.addresses(0)[0]?.isDialled, false)
    const here = bookOf({ ownAgreement: '127.0.0.1:7401' })
    here.update(1, [a, local, c], nobody, 0)
    assert.deepEqual(
      here.addresses(0).map(({ isDialled }) => isDialled),
      [undefined, undefined],
    )
  })
})

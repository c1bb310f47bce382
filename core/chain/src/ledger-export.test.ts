import assert from 'node:assert/strict'
import test from 'node:test'
import { toBase64Url } from '@cresset/core-codec'
import { type ExportedBlock, ExportFollower, exportHead, exportLine, readExportHead } from './ledger-export.ts'
import { HeaderChain } from './testing/header-chain.ts'
import { encodeValidators } from './validators.ts'

const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `consensus ${from + index}`)

function blockAt(chain: HeaderChain, height: number): ExportedBlock {
  const { header, certificate } = chain.light(height)
  const [now, next] = [chain.setAt(height), chain.setAt(height + 1)]
  return {
    block: { header, transactions: [], misbehaviour: [] },
    certificate,
    ...(now === next ? {} : { nextValidators: next }),
  }
}

const changing = (): HeaderChain => new HeaderChain(4).grow(2).change(names(5)).grow(3).change(names(4, 3)).grow(4)

test('an export is followed through changes of the validators', () => {
  const chain = changing()
  const genesis = readExportHead(exportHead(chain.genesis))
  const follower = new ExportFollower(genesis)
  for (let height = 1; height <= chain.height; height++) follower.line(exportLine(genesis, blockAt(chain, height)))
  assert.equal(follower.height, chain.height)
})

test('validators that a header does not name, or a set that is missing, end the export there', () => {
  const chain = changing()
  const follower = new ExportFollower(chain.genesis)
  for (let height = 1; height <= 3; height++) follower.accept(blockAt(chain, height))
  const change = blockAt(chain, 4)
  assert.ok(change.nextValidators !== undefined, 'block 3 changes what header 4 names')
  const { nextValidators: _, ...without } = change
  const refused = (block: ExportedBlock): void =>
    assert.throws(() => follower.accept(block), { code: 'wrong-next-validators', height: 4 })
  refused(without)
  refused({ ...change, nextValidators: chain.setAt(1) })
  assert.equal(follower.height, 3, 'it stays where it is')
  follower.accept(change)

  // The old set signs no more; the new one does.
  const next = chain.header(5)
  const oldOnes = chain.certify(next, chain.setAt(1), { signers: names(4) })
  const block = { header: next, transactions: [], misbehaviour: [] }
  assert.throws(() => follower.accept({ block, certificate: oldOnes }), { code: 'bad-signature' })
  follower.accept(blockAt(chain, 5))
})

test('a line whose validators cannot be read is malformed', () => {
  const chain = changing()
  const line = JSON.parse(exportLine(chain.genesis, blockAt(chain, 1))) as object
  const follower = new ExportFollower(chain.genesis)
  for (const nextValidators of ['AA', 7, null, toBase64Url(encodeValidators(chain.setAt(1)).subarray(1))]) {
    assert.throws(() => follower.line(JSON.stringify({ ...line, nextValidators })), { code: 'malformed' })
  }
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { restsOnLine } from './rests-on.ts'

const rests = {
  chainId: 'acme-0000000000000000',
  genesisDigest: new Uint8Array(32),
  height: 9,
  timeMs: 1,
  ageMs: 5,
  signers: 3,
  validators: 4,
  signedPower: 3,
  totalPower: 4,
}

test('what an answer rests on is said in heads, and where stake decides in stake too', () => {
  assert.match(restsOnLine(rests), /^proven at height 9 \(now\) by 3 of 4 votes, from genesis 0{16}…$/)
  const byStake = restsOnLine({ ...rests, signedPower: 2_750, totalPower: 4_000 })
  assert.match(byStake, / by 3 of 4 votes with 68% of the stake, from genesis /)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import fc from 'fast-check'
import { rotationOf, slotAt } from './rotation.ts'
import { keyOf } from './testing/material.ts'
import { decides, proposerIndex, type ValidatorSet, validatorSet } from './validators.ts'

const keys = Array.from({ length: 12 }, (_, index) => keyOf(`validator ${index}`).publicKey)

function setOf(powers: readonly number[]): ValidatorSet {
  const list = powers.map((power, index) => {
    const nodeId = sha256(utf8(`node ${index}`))
    return { key: keys[index]!, power, nodeId, account: nodeId }
  })
  return validatorSet(list, 'stake')
}

const powersUpTo = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 12 })

test('over a cycle of heights each validator proposes exactly as often as its power says', () => {
  fc.assert(
    fc.property(powersUpTo(40), fc.integer({ min: 0, max: 2 ** 40 }), (powers, from) => {
      const set = setOf(powers)
      const { slots, unit } = set.rotation
      const turns = powers.map(() => 0)
      for (let height = from; height < from + slots; height++) {
        const index = proposerIndex(set, height, 0)
        turns[index] = (turns[index] ?? 0) + 1
      }
      assert.deepEqual(
        turns,
        set.validators.map(({ power }) => power / unit),
      )
    }),
  )
})

test('over any few heights the shares are even too, whatever the powers', () => {
  fc.assert(
    fc.property(
      powersUpTo(2 ** 45),
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.integer({ min: 1, max: 400 }),
      (powers, from, count) => {
        const set = setOf(powers)
        const turns = powers.map(() => 0)
        for (let height = from; height < from + count; height++) {
          const index = proposerIndex(set, height, 0)
          turns[index] = (turns[index] ?? 0) + 1
        }
        set.validators.forEach(({ power }, index) => {
          const due = (count * power) / set.totalPower
          const off = Math.abs((turns[index] as number) - due)
          assert.ok(off <= 16, `${turns[index]} turns of ${count}, ${due} were due`)
        })
      },
    ),
  )
})

test('views of one height go round: no proposer twice running, everybody within n views', () => {
  fc.assert(
    fc.property(
      powersUpTo(1_000_000),
      fc.integer({ min: 1, max: 2 ** 50 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      (powers, height, view) => {
        const set = setOf(powers)
        const seen = new Set<number>()
        for (let one = view; one < view + powers.length; one++) {
          const index = proposerIndex(set, height, one)
          assert.ok(index >= 0 && index < powers.length)
          seen.add(index)
          if (powers.length > 1) assert.notEqual(index, proposerIndex(set, height, one + 1))
        }
        assert.equal(seen.size, powers.length)
      },
    ),
  )
})

test('the stride shares no divisor with the slots, also where products pass 2^53', () => {
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))
  for (const slots of [1, 2, 3, 4, 5, 6, 30, 210, 2_310, 30_030, 2 ** 30, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
    const rotation = rotationOf(slots === 1 ? [7] : [slots - 1, 1])
    assert.equal(rotation.slots, slots)
    assert.equal(gcd(BigInt(rotation.stride), BigInt(slots)), 1n)
    for (const height of [0, 1, 2, 999_999_937, Number.MAX_SAFE_INTEGER]) {
      const expected = Number((BigInt(height) * BigInt(rotation.stride)) % BigInt(slots))
      assert.equal(slotAt(rotation, height), expected)
    }
  }
})

test('more than two thirds of the stake decide, to the unit and beyond what a double can triple', () => {
  fc.assert(
    fc.property(powersUpTo(2 ** 46 - 1), fc.array(fc.nat(15)), (powers, signers) => {
      const set = setOf(powers)
      const signed = [...new Set(signers)].reduce((sum, index) => sum + (set.validators[index]?.power ?? 0), 0)
      assert.equal(decides(set, signers), 3n * BigInt(signed) > 2n * BigInt(set.totalPower))
    }),
  )
  assert.equal(decides(setOf([2, 1]), [setOf([2, 1]).validators.findIndex(({ power }) => power === 2)]), false)
  const large = setOf([2 ** 45, 2 ** 44])
  assert.equal(decides(large, [large.validators.findIndex(({ power }) => power === 2 ** 45)]), false)
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { InboundBudget } from './inbound-budget.ts'
import { checkLinkLimits, defaultLinkLimits } from './link-limits.ts'
import { OutboundQueue } from './outbound-queue.ts'
import { type Priority, priorities } from './transport.ts'

describe('OutboundQueue', () => {
  it('behaves as three plain lists, for any pushes and takes', () => {
    const limits = { queueBytes: 500, queueFrames: 12 }
    const step = fc.oneof(
      fc.record({ priority: fc.constantFrom(...priorities), bytes: fc.nat({ max: 200 }) }),
      fc.record({ take: fc.nat({ max: 300 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new OutboundQueue(limits)
        const model: Record<Priority, Uint8Array[]> = { agreement: [], gossip: [], bulk: [] }
        const bytesOf = (frames: Uint8Array[]): number => frames.reduce((sum, frame) => sum + frame.length, 0)
        for (const each of steps) {
          if ('take' in each) {
            const taken = queue.take(each.take)
            for (const frame of taken) {
              const from = priorities.find((priority) => model[priority][0] === frame)
              assert(from !== undefined, 'not the head of a list')
              assert(from === 'agreement' || model.agreement.length === 0, 'agreement goes first')
              model[from].shift()
            }
            const last = taken.at(-1)?.length ?? 0
            assert(bytesOf(taken) - last < Math.max(1, each.take))
            const isShort = bytesOf(taken) < each.take
            if (isShort) assert.equal(queue.frames, 0)
          } else {
            const list = model[each.priority]
            const frame = new Uint8Array(each.bytes)
            const fits = list.length < limits.queueFrames && bytesOf(list) + each.bytes <= limits.queueBytes
            assert.equal(queue.push(frame, each.priority), fits)
            if (fits) list.push(frame)
          }
          assert.equal(
            queue.frames,
            priorities.reduce((sum, priority) => sum + model[priority].length, 0),
          )
          assert.equal(
            queue.bytes,
            priorities.reduce((sum, priority) => sum + bytesOf(model[priority]), 0),
          )
        }
        queue.clear()
        assert.deepEqual([queue.frames, queue.bytes, queue.take(1).length], [0, 0, 0])
      }),
    )
  })

  it('lets gossip and bulk take turns', () => {
    const queue = new OutboundQueue({ queueBytes: 1000, queueFrames: 100 })
    for (let index = 0; index < 5; index++) {
      queue.push(Uint8Array.of(1), 'gossip')
      queue.push(Uint8Array.of(2), 'bulk')
    }
    assert.deepEqual(
      queue.take(10).map((frame) => frame[0]),
      [1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
    )
  })
})

describe('InboundBudget', () => {
  const limits = { inboundBytes: 100, inboundFrames: 10, inboundBytesPerSecond: 1000, inboundFramesPerSecond: 50 }

  it('is full above either bound, and has room again at half', () => {
    const budget = new InboundBudget(limits, 0)
    budget.hold(100)
    assert.equal(budget.isFull(), false)
    budget.hold(1)
    assert.equal(budget.isFull(), true)
    assert.equal(budget.hasRoom(), false)
    budget.release(100)
    assert.equal(budget.hasRoom(), true)
    for (let index = 0; index < 10; index++) budget.hold(0)
    assert.equal(budget.isFull(), true)
  })

  it('lets one second’s worth pass at once, then the rate', () => {
    const budget = new InboundBudget(limits, 0)
    budget.spend(1000)
    assert.equal(budget.waitMs(0), 0)
    budget.spend(500)
    assert.equal(budget.waitMs(0), 500)
    assert.equal(budget.waitMs(200), 300)
    assert.equal(budget.waitMs(500), 0)
    for (let index = 0; index < 100; index++) budget.spend(0)
    assert(budget.waitMs(500) > 0, 'the rate of frames counts too')
  })

  it('passes what the rate allows over any time, and saves up no more than a second', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.nat({ max: 5_000 }), bytes: fc.nat({ max: 400 }) }), { maxLength: 100 }),
        (steps) => {
          const budget = new InboundBudget({ ...limits, inboundFramesPerSecond: 1_000_000 }, 0)
          let nowMs = 0
          let passed = 0
          for (const { gapMs, bytes } of steps) {
            nowMs += gapMs + budget.waitMs(nowMs + gapMs)
            budget.spend(bytes)
            passed += bytes
            assert(passed <= 1000 + nowMs + 400 + steps.length, `${passed} bytes in ${nowMs} ms`)
          }
        },
      ),
    )
  })
})

describe('link limits', () => {
  it('stand in relation to each other', () => {
    assert.doesNotThrow(() => checkLinkLimits(defaultLinkLimits))
    const wrong = [
      { frameBytes: 2 ** 24 },
      { frameBytes: 0 },
      { queueBytes: 1_000 },
      { inboundBytesPerSecond: 1_000 },
      { silenceMs: 3_000 },
      { redialMaxMs: 1 },
      { stallMs: 0.5 },
    ]
    for (const change of wrong)
      assert.throws(() => checkLinkLimits({ ...defaultLinkLimits, ...change }), JSON.stringify(change))
  })
})

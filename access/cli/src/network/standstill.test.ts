import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnsweredStatus, describeStandstill, standstillOf } from './standstill.ts'

type Presence = AnsweredStatus['agreement']['validators'][number]['presence']

/** The answer of one node that sees the four like this. */
function answer(
  node: string,
  seen: Readonly<Record<string, Presence>>,
  over: {
    readonly height?: number
    readonly view?: number
    readonly engine?: string
    readonly roots?: Readonly<Record<string, string>>
    readonly powers?: Readonly<Record<string, number>>
    readonly problems?: readonly string[]
  } = {},
): AnsweredStatus {
  const { height = 7, view = 0, engine = 'pbft', roots = {}, powers = {}, problems = [] } = over
  const validators = Object.entries(seen).map(([name, presence]) => ({
    ...{ id: `id of ${name}`, name, presence },
    power: powers[name] ?? 1,
    stateRoot: roots[name] ?? null,
  }))
  return { node, engine, height, view, problems, agreement: { height: height + 1, validators } }
}

const all = { a: 'voting', b: 'voting', c: 'voting', d: 'voting' } as const
const none: ReadonlyMap<string, string> = new Map()

test('with a quorum there is no verdict, also with one down or behind', () => {
  assert.equal(standstillOf([], none), undefined)
  assert.equal(standstillOf([answer('a', all), answer('b', all)], none), undefined)
  const oneDown = { ...all, d: 'unlinked' } as const
  assert.equal(standstillOf([answer('a', oneDown), answer('b', oneDown)], new Map([['d', 'http://d']])), undefined)
  assert.equal(standstillOf([answer('a', all), answer('d', all, { height: 2 })], none), undefined)
})

test('two of four down: both are named with their addresses, and one must return', () => {
  const twoDown = { ...all, c: 'unlinked', d: 'unlinked' } as const
  const silent = new Map([
    ['c', 'http://c:1'],
    ['d', 'http://d:1'],
  ])
  const verdict = standstillOf([answer('a', twoDown, { view: 1 }), answer('b', twoDown, { view: 3 })], silent)
  assert.ok(verdict)
  assert.equal(verdict.mustReturn, 1)
  assert.deepEqual(describeStandstill(verdict), [
    'The network stands still: block 8 waits in view 3, 2 of 4 validators take part.',
    '  c  does not answer at http://c:1, and no node is linked to it',
    '  d  does not answer at http://d:1, and no node is linked to it',
    'One of them must return.',
  ])
})

test('silent, abstaining, and one whose API alone is closed', () => {
  const seen = { ...all, b: 'voting', c: 'silent', d: 'voting' } as const
  const lost = 'does not vote below height 11: its vote record is missing'
  const answers = [
    answer('a', seen, { view: 2 }),
    answer('b', { ...seen, b: 'abstaining' }, { view: 2, problems: [lost] }),
    answer('c', { ...all, a: 'silent', b: 'silent', d: 'silent' }, { view: 2 }),
  ]
  const verdict = standstillOf(answers, new Map([['d', 'http://d:1']]))
  assert.deepEqual(verdict?.missing, [
    { node: 'b', reason: 'may not vote yet: its vote record is missing' },
    { node: 'c', reason: 'is linked and says nothing' },
  ])
  assert.equal(verdict?.mustReturn, 1)
})

test('stake: the mightiest that is missing may be enough', () => {
  const seen = { ...all, c: 'unlinked', d: 'unlinked' } as const
  const powers = { a: 30, b: 30, c: 30, d: 10 }
  const verdict = standstillOf([answer('a', seen, { engine: 'stake', powers })], none)
  assert.equal(verdict?.mustReturn, 1)
  const lone = standstillOf(
    [answer('a', { ...seen, b: 'unlinked' }, { engine: 'stake', powers: { ...powers, a: 10 } })],
    none,
  )
  assert.equal(lone?.mustReturn, 2)
})

test('states that differ: who computed which, the larger group first; one that is alone stops nobody', () => {
  const halves = { a: 'aa', b: 'bb', c: 'bb', d: 'cc' }
  const verdict = standstillOf([answer('a', all, { roots: halves, view: 1 })], none)
  assert.ok(verdict)
  assert.deepEqual(describeStandstill(verdict), [
    'The network stands still: block 8 waits in view 1, and the validators computed different states.',
    '  bb…  b, c',
    '  aa…  a',
    '  cc…  d',
  ])
  const alone = { a: 'aa', b: 'aa', c: 'aa', d: 'cc' }
  assert.equal(standstillOf([answer('a', all, { roots: alone })], none), undefined)
})

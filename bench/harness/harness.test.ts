import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { repositoryRoot } from '../../tools/process/capture.ts'
import { plant } from '../../tools/testing/plant.ts'
import { alternate } from './alternate.ts'
import { atLeast, atMost, type Plot } from './benchmark.ts'
import { describeEnvironment } from './environment.ts'
import { readOptions, UsageError } from './options.ts'
import { makeRecord, writeRecord } from './record.ts'
import { writeReport } from './report.ts'
import { median, percentile, significant } from './statistics.ts'
import { svgPlot } from './svg-plot.ts'
import { markdownTable, showFigure, textTable } from './text-table.ts'

test('median and percentiles interpolate between ranks and do not reorder their input', () => {
  const values = [4, 1, 3, 2]
  assert.equal(median(values), 2.5)
  assert.equal(percentile(values, 0), 1)
  assert.equal(percentile(values, 100), 4)
  assert.equal(percentile([10, 20], 99), 19.9)
  assert.deepEqual(values, [4, 1, 3, 2])
  assert.throws(() => median([]), RangeError)
})

test('a percentile lies within its values and grows with its rank', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 40 })
  const rank = fc.integer({ min: 0, max: 100 })
  fc.assert(
    fc.property(values, rank, rank, (list, one, other) => {
      const [low, high] = [percentile(list, Math.min(one, other)), percentile(list, Math.max(one, other))]
      assert.ok(low >= Math.min(...list) - 1e-3 && high <= Math.max(...list) + 1e-3 && low <= high + 1e-3)
    }),
  )
})

test('figures are shown with four digits and thousands', () => {
  assert.deepEqual([1_234_567.8, 0.000123456, 12.3456, 0, 100, -4_321.6, 'text', true].map(showFigure), [
    '1,234,568',
    '0.0001235',
    '12.35',
    '0',
    '100',
    '-4,322',
    'text',
    'true',
  ])
  assert.equal(significant(Number.NaN), Number.NaN)
})

test('sides are measured in turn, in both orders, and warm-ups are not counted', async () => {
  const calls: string[] = []
  const side = (name: string, factor: number) => ({
    name,
    // The machine slows down as it goes: ratios within a round hardly notice.
    measure: () => factor * 1.5 ** Math.floor(calls.push(name) / 2),
  })
  const { medians, ratios, all } = await alternate([side('a', 1), side('b', 2)], { rounds: 4, warmUps: 2 })
  assert.deepEqual(calls.join(''), 'abbaabbaabba')
  assert.equal(all['a']?.length, 4)
  assert.ok((medians['b'] ?? 0) > (medians['a'] ?? 0))
  assert.equal(ratios['a'], 1)
  assert.ok(Math.abs((ratios['b'] ?? 0) - 2) <= 1)
})

test('an aim is met at its limit and missed beyond it', () => {
  assert.deepEqual(atMost('verify', 60, 60, 'µs'), { name: 'verify', value: 60, aim: '≤ 60 µs', met: true })
  assert.equal(atMost('verify', 60.1, 60, 'µs').met, false)
  assert.equal(atLeast('rate', 2_499, 2_500, 'tx/s').met, false)
})

const declared = {
  size: { type: 'number', default: 64, description: 'bytes' },
  engine: { type: 'string', default: 'pbft', description: 'engine' },
  durable: { type: 'boolean', default: false, description: 'flush' },
} as const

test('options are read by their declaration', () => {
  assert.deepEqual(readOptions(declared, []), { size: 64, engine: 'pbft', durable: false })
  const given = readOptions(declared, ['--size', '1e3', '--engine=comet', '--durable'])
  assert.deepEqual(given, { size: 1_000, engine: 'comet', durable: true })
  for (const args of [['--size', 'many'], ['--size', ''], ['--unknown', '1'], ['stray'], ['--size']]) {
    assert.throws(() => readOptions(declared, args), UsageError, args.join(' '))
  }
})

test('tables align numbers to the right and keep columns apart in Markdown', () => {
  const table = {
    title: 'T',
    columns: ['name', 'µs'],
    rows: [
      ['a|b', 1],
      ['c', 1_000],
    ],
  }
  assert.equal(textTable(table), 'T\nname     µs\n────  ─────\na|b       1\nc     1,000')
  assert.equal(markdownTable(table), '| name | µs |\n|---|---:|\n| a\\|b | 1 |\n| c | 1,000 |')
})

const plots: readonly Plot[] = [
  {
    kind: 'lines',
    name: 'growth',
    title: 'Proof <bytes> & "names"',
    x: 'names',
    y: 'bytes',
    logX: true,
    series: [
      {
        name: 'one',
        points: [
          [10_000, 500],
          [100_000, 600],
          [1_000_000, 700],
        ],
      },
      {
        name: 'two',
        points: [
          [10_000, 100],
          [1_000_000, 200],
        ],
      },
    ],
  },
  {
    kind: 'lines',
    name: 'flat',
    title: 'Flat',
    x: 'x',
    y: 'y',
    logY: true,
    series: [{ name: 'one', points: [[5, 3]] }],
  },
  { kind: 'lines', name: 'empty', title: 'Empty', x: 'x', y: 'y', series: [] },
  {
    kind: 'bars',
    name: 'bars',
    title: 'Bars',
    y: 'µs',
    bars: [
      { label: 'a', value: 0 },
      { label: 'b', value: 12.5 },
    ],
  },
]

for (const plot of plots) {
  test(`plot ${plot.name} is well-formed, has numbers and stays inside its frame`, () => {
    const svg = svgPlot(plot)
    assert.ok(!/NaN|Infinity|undefined/.test(svg), svg)
    // Every opened element is closed, and no text breaks out of its element.
    const opened = svg.match(/<[a-z]+[^>]*[^/]>/g)?.length
    assert.equal(svg.match(/<\/[a-z]+>/g)?.length, opened)
    for (const [, x, y] of svg.matchAll(/cx="([\d.-]+)" cy="([\d.-]+)"/g)) {
      assert.ok(Number(x) >= 84 && Number(x) <= 696 && Number(y) >= 56 && Number(y) <= 336, `${x},${y}`)
    }
  })
}

test('a report holds the last run of each benchmark with machine, settings, aims, tables and plots', (context) => {
  const root = plant(context, {})
  const environment = { ...describeEnvironment(repositoryRoot, ['fast-check']), commit: 'abc' }
  const run = (value: number) =>
    makeRecord(
      { name: 'example', description: 'An example' },
      environment,
      { size: 64 },
      {
        figures: { verifyMicroseconds: value },
        aims: [atMost('verify', value, 60, 'µs')],
        tables: [{ title: 'Times', columns: ['library', 'µs'], rows: [['noble', value]] }],
        plots: [plots[0] as Plot],
      },
    )
  writeRecord(root, run(11))
  writeRecord(root, run(77))
  assert.deepEqual(writeReport(root), ['example'])
  const report = readFileSync(join(root, 'docs/benchmarks.md'), 'utf8')
  for (const part of [
    '## example',
    'cores',
    `Node ${process.versions.node}`,
    'fast-check 4.',
    'commit abc',
    'size = 64',
  ]) {
    assert.ok(report.includes(part), part)
  }
  assert.ok(report.includes('| verify | 77 | ≤ 60 µs | missed |') && report.includes('| noble | 77 |'))
  assert.ok(!report.includes('| 11 |'), 'only the last run is reported')
  assert.ok(existsSync(join(root, 'docs', /\((benchmarks\/.*\.svg)\)/.exec(report)?.[1] ?? 'no plot')))
})

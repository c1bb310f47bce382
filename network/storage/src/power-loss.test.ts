import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { skipWithout } from '../../../tools/system-tools.ts'
import { cutPowerEverywhere, META_END, recordChain } from './testing/cut-power.ts'

const seed = (fc.readConfigureGlobal()?.seed ?? 1) % 1_000_000
const skip = skipWithout('strace')
const examiner = fileURLToPath(new URL('./testing/cut-power-process.ts', import.meta.url))

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cresset-power-')))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('after a power cut at any point the store reopens at the last acknowledged height or later', { skip }, () =>
  inFolder(async (folder) => {
    const calls = await recordChain(folder, seed, 40, '')
    const findings = await cutPowerEverywhere(folder, seed, calls)
    assert.deepEqual(findings.faults, [])
    assert.ok(findings.uncertainPoints > 40, `only ${findings.uncertainPoints} points with unflushed writes`)
    console.log(`${findings.images} images, ${findings.uncertainPoints} points with unflushed writes`)
  }),
)

test('a block costs one flush of the pages and one write-through of the meta page', { skip }, () =>
  inFolder(async (folder) => {
    const calls = await recordChain(folder, seed, 10, '')
    const first = calls.findIndex((call) => call.kind === 'line')
    const last = calls.findLastIndex((call) => call.kind === 'line' && call.text.startsWith('acknowledged'))
    const during = calls.slice(first, last)
    const flushes = during.filter((call) => call.kind === 'flushed')
    assert.equal(flushes.length, 10)
    const metaWrites = during.filter(
      (call) => call.kind === 'write' && call.path.endsWith('data.mdb') && (call.offset ?? META_END) < META_END,
    )
    assert.equal(metaWrites.length, 10)
  }),
)

for (const planted of ['acknowledge-early', 'noSync', 'noMetaSync']) {
  test(`the planted fault is found: ${planted}`, { skip }, () =>
    inFolder(async (folder) => {
      const command = ['--conditions=cresset-source', examiner, folder, `${seed}`, '8', planted]
      const { signal, output } = await new Promise<{ signal: string | undefined; output: string }>((resolve) => {
        execFile(process.execPath, command, (error, output) => resolve({ signal: error?.signal ?? undefined, output }))
      })
      const faults = /^found (.*)$/m.exec(output)?.[1] ?? '[]'
      assert.ok(faults !== '[]' || signal !== undefined, `the fault was not found: ${output}`)
    }),
  )
}

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { skipWithout } from '../../../tools/system-tools.ts'
import { openVoteFile } from './index.ts'
import { randomFrom } from './testing/chain.ts'
import { DiskModel, type Kept } from './testing/disk-model.ts'
import { parseTrace, TRACE_OPTIONS } from './testing/system-calls.ts'
import { numberOfVote, voteAt } from './testing/votes.ts'

const skip = skipWithout('strace')
const seed = fc.readConfigureGlobal()?.seed ?? 1
const program = fileURLToPath(new URL('./testing/vote-process.ts', import.meta.url))

/** Faults found by cutting the power after each recorded call of a process that appends votes. */
async function cutPowerEverywhere(appends: number, planted: string): Promise<{ images: number; faults: string[] }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cresset-vote-power-')))
  try {
    const data = join(folder, 'data')
    await mkdir(data)
    const trace = join(folder, 'trace')
    const command = [
      process.execPath,
      '--conditions=cresset-source',
      program,
      join(data, 'votes'),
      `${appends}`,
      planted,
    ]
    await promisify(execFile)('strace', [...TRACE_OPTIONS, '-o', trace, ...command])
    const model = new DiskModel(data, ['votes', 'votes.new'])
    const random = randomFrom(seed)
    const faults: string[] = []
    let images = 0
    let acknowledged = -1
    for (const call of parseTrace(await readFile(trace, 'latin1'))) {
      model.apply(call)
      if (call.kind === 'line') acknowledged = Number(call.text.split(' ')[1])
      const choices: [string, Kept, boolean][] = [
        ['none', () => false, false],
        ['all', () => true, true],
        ['all but names', () => true, false],
        ['names only', () => false, true],
        ['some', () => random() < 0.5, random() < 0.5],
      ]
      for (const [name, kept, namesKept] of choices) {
        images++
        const fault = await openImage(join(folder, 'image'), model.image('votes', kept, namesKept), acknowledged)
        if (fault !== undefined) faults.push(`acknowledged ${acknowledged}, kept ${name}: ${fault}`)
      }
    }
    assert.equal(acknowledged, appends)
    return { images, faults }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function openImage(
  path: string,
  image: Uint8Array | undefined,
  acknowledged: number,
): Promise<string | undefined> {
  if (image === undefined) return acknowledged < 0 ? undefined : 'the file is not there'
  await writeFile(path, image)
  try {
    const votes = await openVoteFile(path)
    const numbers = votes.read().map(numberOfVote)
    await votes.close()
    const newest = numbers.at(-1) ?? 0
    if (newest < acknowledged) return `the newest vote is ${newest}`
    for (const [index, record] of votes.read().entries()) {
      const number = numbers[index] as number
      if (index > 0 && number !== (numbers[index - 1] as number) + 1)
        return `vote ${number} follows ${numbers[index - 1]}`
      if (!Buffer.from(record).equals(voteAt(number))) return `vote ${number} differs`
    }
    return undefined
  } catch (error) {
    return acknowledged < 0 ? undefined : `${error}`
  }
}

test('after a power cut at any point every acknowledged vote is there, in order', { skip }, async () => {
  const { images, faults } = await cutPowerEverywhere(25, '')
  assert.deepEqual(faults, [])
  assert.ok(images > 300, `only ${images} images`)
})

test('the planted fault is found: a vote acknowledged before it is flushed', { skip }, async () => {
  const { faults } = await cutPowerEverywhere(6, 'acknowledge-early')
  assert.ok(faults.length > 0, 'the fault was not found')
})

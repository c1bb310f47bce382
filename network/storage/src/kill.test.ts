import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { openMemoryStore } from './memory-store.ts'
import { expectedDescriptions, randomFrom } from './testing/chain.ts'

const KILLS = 200
/** Stores killed side by side: as many as keep two processors busy. */
const LANES = 3

const program = fileURLToPath(new URL('./testing/chain-process.ts', import.meta.url))
const baseSeed = fc.readConfigureGlobal()?.seed ?? 1

interface Life {
  found: string | undefined
  acknowledged: number
}

/** When a process is killed: so long after its start (blocks undefined), or after so many blocks of its own. */
interface Death {
  readonly blocks: number | undefined
  readonly delayMs: number
}

/** One process that writes blocks until it is killed. */
function liveUntilKilled(folder: string, seed: number, { blocks, delayMs }: Death): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=cresset-source', program, folder, String(seed), '100000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'cresset-compile-cache'), ...process.env },
    })
    const life: Life = { found: undefined, acknowledged: 0 }
    let complaints = ''
    let written = 0
    const killSoon = () => setTimeout(() => child.kill('SIGKILL'), delayMs)
    if (blocks === undefined) killSoon()
    child.stderr.on('data', (chunk) => {
      complaints += chunk
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, ...rest] = line.split(' ')
      if (word === 'found') {
        life.found = rest.join(' ')
        if (blocks === 0) killSoon()
      } else {
        life.acknowledged = Number(rest[0])
        if (++written === blocks) killSoon()
      }
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(life)
      else reject(new Error(`seed ${seed}: ended with ${code ?? signal}\n${complaints}`))
    })
  })
}

test(`${KILLS} times killed at a random point, the store reopens at a committed height with the chain's root`, async () => {
  const startedAt = performance.now()
  const lane = async (index: number): Promise<{ kills: number; atWork: number }> => {
    const seed = (baseSeed % 1_000_000) + index
    const random = randomFrom(seed)
    const folder = await mkdtemp(join(tmpdir(), 'cresset-kill-'))
    const expected = await expectedDescriptions(seed, openMemoryStore())
    let acknowledged = 0
    let atWork = 0
    const kills = Math.floor((KILLS + index) / LANES)
    try {
      for (let kill = 0; kill < kills; kill++) {
        // One in eight is killed while it starts, opens and repairs; the others while they write.
        const isEarly = random() < 0.125
        const blocks = isEarly ? undefined : Math.floor(random() * 5)
        const life = await liveUntilKilled(folder, seed, { blocks, delayMs: random() * (isEarly ? 250 : 5) })
        if (life.found !== undefined) {
          const height = Number(life.found.split(' ')[0])
          assert.ok(
            height >= acknowledged,
            `seed ${seed}, kill ${kill}: height ${height}, acknowledged ${acknowledged}`,
          )
          // The block under way may be there or not; none after it.
          assert.ok(height <= acknowledged + 1, `seed ${seed}, kill ${kill}: height ${height} after ${acknowledged}`)
          assert.equal(life.found, await expected(height))
          acknowledged = Math.max(height, life.acknowledged)
        }
        if (life.acknowledged > 0) atWork++
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    return { kills, atWork }
  }
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)))
  const kills = lanes.reduce((sum, { kills }) => sum + kills, 0)
  const atWork = lanes.reduce((sum, { atWork }) => sum + atWork, 0)
  assert.equal(kills, KILLS)
  assert.ok(atWork > KILLS / 2, `only ${atWork} of ${KILLS} processes were killed at work`)
  console.log(`${kills} kills, ${atWork} of them at work, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
})

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { PlantedBug } from './planted-bugs.ts'

const root = resolve(import.meta.dirname, '../..')
/** Short runs: what a bug needs comes about early, or in another seed. */
const PLANTED_HEIGHTS = 25
/** What a run of the simulator loads. */
const copied = ['core', 'network', 'dns', 'keys', 'simulation']

interface Broken {
  readonly seed: number
  readonly broken: { readonly invariant: string; readonly detail: string }
}

export interface Finding {
  /** Undefined when no seed found the bug. */
  readonly invariant: string | undefined
  readonly seed: number | undefined
  readonly detail: string
  readonly seeds: number
}

/** Puts the bug into a copy of the source, and lets the copy's simulator look for it from `seed` on. */
export function plant(bug: PlantedBug, seed: number, seeds: number): Finding {
  return inCopyWith(bug, (copy) => look(copy, bug, seed, seeds))
}

/** Runs the simulator with these arguments where the bug is in the source; its status. */
export function runWithPlanted(bug: PlantedBug, given: readonly string[]): number {
  return inCopyWith(bug, (copy) => {
    const program = ['--conditions=cresset-source', join(copy, 'simulation/src/main.ts'), ...given]
    return spawnSync(process.execPath, program, { cwd: copy, stdio: 'inherit' }).status ?? 1
  })
}

function inCopyWith<T>(bug: PlantedBug, use: (copy: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'cresset-planted-'))
  try {
    copySources(copy)
    for (const place of bug.also === undefined ? [bug] : [bug, bug.also]) {
      const path = join(copy, place.file)
      const source = readFileSync(path, 'utf8')
      if (source.split(place.right).length !== 2)
        throw new Error(`${place.file}: the place to plant "${bug.name}" is gone`)
      const wrong = source.replace(place.right, () => place.wrong)
      writeFileSync(path, wrong)
    }
    return use(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function copySources(copy: string): void {
  const skipped = new Set(['node_modules', 'dist'])
  for (const folder of copied) {
    cpSync(join(root, folder), join(copy, folder), {
      recursive: true,
      filter: (source) => !skipped.has(source.split('/').at(-1) ?? ''),
    })
  }
  writeFileSync(join(copy, 'package.json'), '{ "type": "module", "private": true }\n')
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@cresset'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@cresset') symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  for (const path of manifests(copy)) {
    const { name } = JSON.parse(readFileSync(path, 'utf8')) as { name: string }
    symlinkSync(dirname(path), join(modules, name))
  }
}

function manifests(copy: string): string[] {
  const found: string[] = []
  for (const folder of copied) {
    for (const entry of readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' })) {
      if (entry.endsWith('package.json')) found.push(join(copy, folder, entry))
    }
  }
  return found
}

function look(copy: string, bug: PlantedBug, seed: number, seeds: number): Finding {
  const { nodes, byzantine, members, engine } = bug.options ?? {}
  const program = ['--conditions=cresset-source', join(copy, 'simulation/src/main.ts')]
  if (bug.scenario !== undefined) return readReport(run([...program, '--scenario', bug.scenario, '--json'], copy))
  const given = [
    ...program,
    ...['--seed', String(seed), '--seeds', String(seeds), '--workers', '1', '--stop-at-first', '--no-shrink', '--json'],
    ...['--heights', String(bug.options?.heights ?? PLANTED_HEIGHTS)],
    ...(nodes === undefined ? [] : ['--nodes', String(nodes)]),
    ...(byzantine === undefined ? [] : ['--traitor', byzantine]),
    ...(members === undefined ? [] : ['--members', members]),
    ...(engine === undefined ? [] : ['--engine', engine]),
  ]
  return readReport(run(given, copy))
}

function readReport(output: string): Finding {
  const last = output.trim().split('\n').at(-1) ?? ''
  const report = JSON.parse(last) as { seeds: number; broken: Broken[] }
  const first = report.broken[0]
  return {
    invariant: first?.broken.invariant,
    seed: first?.seed,
    detail: first?.broken.detail ?? 'nothing found',
    seeds: report.seeds,
  }
}

/** The simulator ends with status 1 when it finds something, which is what is hoped for here. */
function run(given: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, given, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    if (stdout?.trim().endsWith('}')) return stdout
    throw new Error(`the simulator failed by itself: ${stderr}`)
  }
}

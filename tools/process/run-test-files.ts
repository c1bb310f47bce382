import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestEvent } from '../testing/event-reporter.ts'
import { repositoryRoot } from './capture.ts'
import { endGroup } from './end-group.ts'
import { endMarked, findMarked, markVariables, newMark } from './marked-processes.ts'

export type TestCounts = { passed: number; failed: number; skipped: number }

export const noCounts: Readonly<TestCounts> = { passed: 0, failed: 0, skipped: 0 }

export function addCounts(left: Readonly<TestCounts>, right: Readonly<TestCounts>): TestCounts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  }
}

export type TestRunOptions = {
  /** How many files at a time, each in a process of its own. */
  concurrency: number
  /** A file that takes longer is ended, with every process it started, and fails. */
  fileTimeoutMs: number
  print: (line: string) => void
  /** A line for every file; otherwise only for files that fail, skip or take longer than 10 seconds. */
  everyFile?: boolean
  /** Run only tests whose name matches this regular expression. */
  namePattern?: string
  /** Where `files` are relative to; the repository by default. */
  root?: string
}

type FileResult = { events: TestEvent[]; output: string; seconds: number; ending: string | undefined }

/**
 * Runs test files with node:test and prints what a person needs: progress by file, failures in full, reasons of skips.
 * Node's own `run()` waits for ever for a file whose process does not end, so each file runs in a process group of ours.
 */
export async function runTestFiles(files: readonly string[], options: TestRunOptions): Promise<TestCounts> {
  const scratch = mkdtempSync(join(tmpdir(), 'cresset-test-'))
  let counts: TestCounts = { ...noCounts }
  const pending = files.map((file, index) => ({
    file,
    eventFile: join(scratch, `${index}.jsonl`),
    mark: newMark(),
  }))
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const result = await runFile(next.file, next.eventFile, next.mark, options)
      counts = addCounts(counts, reportFile(next.file, result, options))
    }
  }
  try {
    await Promise.all(Array.from({ length: options.concurrency }, work))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return counts
}

const reporter = 'tools/testing/event-reporter.ts'
const propertySeed = 'tools/testing/property-seed.ts'

/** How long a process that a test ended may take to be gone. */
const leavingMs = 2_000
/** Files load much the same code: the first one compiles it for all. */
const compiledCode = join(repositoryRoot, 'node_modules/.cache/cresset-compiled')

function runFile(file: string, eventFile: string, mark: string, options: TestRunOptions): Promise<FileResult> {
  const args = [
    '--conditions=cresset-source',
    '--disable-warning=ExperimentalWarning',
    `--test-reporter=${join(repositoryRoot, reporter)}`,
    `--test-reporter-destination=${eventFile}`,
  ]
  if (process.env['CRESSET_TEST_SEED'] !== undefined) args.push('--import', join(repositoryRoot, propertySeed))
  if (options.namePattern !== undefined) args.push(`--test-name-pattern=${options.namePattern}`)
  const root = options.root ?? repositoryRoot
  const start = performance.now()
  // NODE_TEST_CONTEXT would make the child report to a runner above this one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const env = { NODE_COMPILE_CACHE: compiledCode, ...inherited, ...markVariables(mark) }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, join(root, file)], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let ending: string | undefined
    const keep = (text: string): void => {
      output = (output + text).slice(-maxKeptOutput)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => {
      ending = `did not end within ${options.fileTimeoutMs / 1000} s`
      stop()
    }, options.fileTimeoutMs)
    const stop = (): void => {
      endGroup(child.pid)
      endMarked(mark)
    }
    process.once('exit', stop)
    child.on('error', reject)
    child.on('exit', async (status, signal) => {
      clearTimeout(timer)
      process.removeListener('exit', stop)
      if (ending === undefined && signal !== null) ending = `was ended by ${signal}`
      if (ending === undefined && status !== 0) ending = `ended with status ${status}`
      // What the file started and left behind would hold ports and time from the next file.
      if (ending === undefined) ending = await leftBehind(mark)
      stop()
      const finish = (): void => {
        const seconds = (performance.now() - start) / 1000
        resolve({ events: readEvents(eventFile), output, seconds, ending })
      }
      if (child.stdout.closed && child.stderr.closed) finish()
      else child.on('close', finish)
    })
  })
}

/** A test ends what it starts: what is still there, in whatever group, is told. */
async function leftBehind(mark: string): Promise<string | undefined> {
  const deadlineMs = Date.now() + leavingMs
  let found = findMarked(mark)
  for (; found.length > 0 && Date.now() < deadlineMs; found = findMarked(mark)) await delay(50)
  if (found.length === 0) return undefined
  return `left behind: ${found.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`
}

const maxKeptOutput = 64 * 1024

function readEvents(eventFile: string): TestEvent[] {
  let text = ''
  try {
    text = readFileSync(eventFile, 'utf8')
  } catch {
    return []
  }
  // The last line may be cut when the process was ended.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TestEvent)
}

function reportFile(file: string, result: FileResult, options: TestRunOptions): TestCounts {
  const { events, seconds } = result
  const count = (type: TestEvent['type']): number => events.filter((event) => event.type === type).length
  const counts = { passed: count('pass'), failed: count('fail'), skipped: count('skip') }
  const notes = events.flatMap(describeEvent)
  const nothingRan = events.length === 0 && options.namePattern === undefined && result.ending === undefined
  // A status other than 0 is only news when no test explains it.
  const unexplained = counts.failed === 0 || !result.ending?.startsWith('ended with status')
  const problem = nothingRan ? 'defines no test' : unexplained ? result.ending : undefined
  if (problem !== undefined) {
    counts.failed++
    notes.push(`    failed: the file ${problem}`)
  }
  if (options.everyFile || counts.failed > 0 || counts.skipped > 0 || seconds > 10) {
    const parts = [`${counts.passed} passed`]
    if (counts.failed > 0) parts.push(`${counts.failed} failed`)
    if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`)
    const time = `${seconds.toFixed(1)} s`.padStart(8)
    options.print(`${counts.failed > 0 ? '✘' : '✔'} ${file.padEnd(56)} ${time}  ${parts.join(', ')}`)
    for (const note of notes) options.print(note)
    if (counts.failed > 0 && result.output.trim() !== '') {
      options.print('    its output:')
      for (const line of indent(lastLines(result.output, 60), 6)) options.print(line)
    }
  }
  return counts
}

function describeEvent(event: TestEvent): string[] {
  if (event.type === 'skip') return [`    skipped: ${event.name} (${event.reason})`]
  if (event.type === 'pass') return []
  const place = event.line === undefined ? '' : ` (line ${event.line})`
  const error = event.error.replaceAll(`file://${repositoryRoot}/`, '').replaceAll(/^ +at .*node:internal.*\n?/gm, '')
  return [`    failed: ${event.name}${place}`, ...indent(error, 6)]
}

function indent(text: string, width: number): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(width) + line)
}

function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split('\n')
  if (lines.length <= count) return lines.join('\n')
  return `… ${lines.length - count} lines before\n${lines.slice(-count).join('\n')}`
}

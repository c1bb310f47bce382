import assert from 'node:assert/strict'
import type { Ran } from './cluster.ts'

/** A command that failed as it should: the status, one line for people and nothing else. */
export function assertOneLine(ran: Ran, code: number, line: RegExp): void {
  assert.equal(ran.code, code, `status ${ran.code}: ${ran.stderr}${ran.stdout}`)
  assert.equal(ran.stdout, '')
  // What a command does is told line by line before; the error is the last line, and the only one that begins so.
  const errors = ran.stderr.split('\n').filter((text) => text.startsWith('cresset: '))
  assert.equal(errors.length, 1, ran.stderr)
  assert.equal(ran.stderr.trimEnd().split('\n').at(-1), errors[0], ran.stderr)
  assert.match(errors[0] as string, line)
  assert.doesNotMatch(ran.stderr, /^ +at |node:internal/m)
}

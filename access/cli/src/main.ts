#!/usr/bin/env node
import { keepCompiledCode } from './code-cache.ts'

keepCompiledCode(process.env)
// A reader that goes away (`| head`) is no reason to fall over in the middle of something.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
const { run } = await import('./program.ts')

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  nowMs: Date.now,
})

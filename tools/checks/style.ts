import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { capture, toolPath } from '../process/capture.ts'
import type { Check, Violation } from './check.ts'

/** Formatting, by biome.json. */
export const formatCheck: Check = {
  name: 'format',
  description: 'source is formatted as biome.json says',
  run: (root) => runBiome(root, ['format'], 'npm run format'),
}

/** Lint rules and import order, by biome.json. Every diagnostic counts, warnings too. */
export const lintCheck: Check = {
  name: 'lint',
  description: 'lint rules of biome.json hold',
  run: (root) => runBiome(root, ['check', '--formatter-enabled=false'], 'see `biome explain <rule>`'),
}

async function runBiome(root: string, command: readonly string[], remedy: string): Promise<Violation[]> {
  const options = ['--reporter=concise', '--max-diagnostics=none', '--colors=off', '--no-errors-on-unmatched']
  if (!existsSync(join(root, 'biome.json'))) throw new Error(`${root} has no biome.json`)
  const { status, stdout, stderr } = await capture(toolPath('biome'), [...command, ...options, '.'], { cwd: root })
  const violations = (stdout + stderr).split('\n').flatMap((line): Violation[] => {
    const found = /^[×!i] ([^\s:]+)(?::(\d+):\d+)?: (.*)$/.exec(line)
    if (found === null) return []
    const [, file, lineNumber, message] = found as unknown as [string, string, string | undefined, string]
    const isFormat = message.startsWith('format:')
    return [
      {
        file,
        ...(lineNumber === undefined ? {} : { line: Number(lineNumber) }),
        message: isFormat ? 'not formatted' : message.replace(/\.$/, ''),
        remedy: isFormat || message.startsWith('assist/') ? 'npm run format' : remedy,
      },
    ]
  })
  if (status !== 0 && violations.length === 0) throw new Error(`biome failed: ${stdout}${stderr}`)
  return violations
}

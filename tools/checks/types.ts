import { capture, toolPath } from '../process/capture.ts'
import type { Check, Violation } from './check.ts'

export const typeCheck: Check = {
  name: 'types',
  description: 'the whole tree type-checks',
  async run(root) {
    const { status, stdout, stderr } = await capture(toolPath('tsc'), ['-p', root, '--pretty', 'false'], { cwd: root })
    const violations = parseCompilerErrors(stdout)
    if (status !== 0 && violations.length === 0) throw new Error(`tsc failed: ${stdout}${stderr}`)
    return violations
  },
}

/** Reads what `tsc --pretty false` prints. */
export function parseCompilerErrors(output: string): Violation[] {
  return output.split('\n').flatMap((line): Violation[] => {
    const found = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line)
    if (found === null) return []
    const [, file, lineNumber, code, message] = found as unknown as [string, string, string, string, string]
    return [{ file, line: Number(lineNumber), message: `${code}: ${message.replace(/\.$/, '')}`, remedy: '' }]
  })
}

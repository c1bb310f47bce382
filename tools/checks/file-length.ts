import { longFiles } from '../long-files.ts'
import { listFiles, readText } from '../source/files.ts'
import type { Check, Violation } from './check.ts'

const maxLines = 600

export const fileLengthCheck: Check = {
  name: 'tidy/length',
  description: `source files over ${maxLines} lines give a reason`,
  run(root) {
    const violations: Violation[] = []
    for (const file of listFiles(root)) {
      if (!file.endsWith('.ts')) continue
      const lines = readText(root, file).split('\n').length - 1
      if (lines > maxLines && longFiles[file] === undefined) {
        const remedy = 'split it by concept, or give the reason in tools/long-files.ts'
        violations.push({ file, message: `${lines} lines, over ${maxLines}`, remedy })
      }
    }
    return violations
  },
}

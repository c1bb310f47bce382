/** npm run build: publishable JavaScript and type declarations in each package's dist/. */

import { formatViolation } from './checks/check.ts'
import { compilePackages } from './compile/compile-packages.ts'
import { repositoryRoot } from './process/capture.ts'

const start = performance.now()
const { packages, written, removed, errors } = await compilePackages(repositoryRoot)
for (const error of errors) console.log(formatViolation(error))
const seconds = ((performance.now() - start) / 1000).toFixed(1)
console.log(
  `built ${packages} packages in ${seconds} s: ${written} files written, ${removed} removed, ${errors.length} errors`,
)
process.exitCode = errors.length === 0 ? 0 : 1

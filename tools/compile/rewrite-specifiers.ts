import { findImports } from '../source/imports.ts'

/**
 * `./x.ts` becomes `./x.js` in what tsc leaves alone: declaration files, and `new URL('./x.ts', import.meta.url)` and
 * `import.meta.resolve('./x.ts')`, which name a worker or a program.
 */
export function rewriteSpecifiers(compiled: string): string {
  let result = ''
  let copied = 0
  for (const { specifier, start, end } of findImports(compiled)) {
    if (!/^\.\.?\/.*\.ts$/.test(specifier) || specifier.endsWith('.d.ts')) continue
    const quoted = compiled.slice(start, end)
    result += compiled.slice(copied, start) + quoted.replace(/\.ts(['"`])$/, '.js$1')
    copied = end
  }
  return result + compiled.slice(copied)
}

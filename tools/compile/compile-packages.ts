import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Violation } from '../checks/check.ts'
import { parseCompilerErrors } from '../checks/types.ts'
import { capture, toolPath } from '../process/capture.ts'
import { isTestSource, listFilesBelow } from '../source/files.ts'
import { readWorkspaces, type Workspace } from '../source/packages.ts'
import { rewriteSpecifiers } from './rewrite-specifiers.ts'

export type BuildResult = { packages: number; written: number; removed: number; errors: Violation[] }

const compiledFolder = 'build/compiled'

/**
 * Compiles all published packages in one run of tsc, then places the output in each package's `dist/`.
 * Files that did not change are not written again. Type errors do not stop the output; the caller decides.
 */
export async function compilePackages(root: string): Promise<BuildResult> {
  const result: BuildResult = { packages: 0, written: 0, removed: 0, errors: [] }
  const project = join(root, 'tsconfig.build.json')
  const { status, stdout, stderr } = await capture(toolPath('tsc'), ['-p', project, '--pretty', 'false'], { cwd: root })
  result.errors = parseCompilerErrors(stdout)
  if (status !== 0 && result.errors.length === 0) throw new Error(`tsc failed: ${stdout}${stderr}`)
  for (const workspace of readWorkspaces(root)) {
    if (workspace.manifest.private === true || !existsSync(join(root, workspace.folder, 'src'))) continue
    placePackage(root, workspace, result)
  }
  return result
}

function placePackage(root: string, { folder, manifest }: Workspace, result: BuildResult): void {
  const wanted = new Set<string>()
  const place = (file: string, content: Uint8Array): void => {
    wanted.add(file)
    const target = join(root, folder, 'dist', file)
    if (existsSync(target) && readFileSync(target).equals(content)) return
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
    result.written++
  }
  for (const source of listFilesBelow(join(root, folder, 'src'))) {
    if (isTestSource(`${folder}/src/${source}`)) continue
    if (!source.endsWith('.ts')) {
      place(source, readFileSync(join(root, folder, 'src', source)))
      continue
    }
    for (const ending of ['.js', '.d.ts']) {
      const output = source.replace(/\.ts$/, ending)
      const compiled = join(root, compiledFolder, folder, 'src', output)
      if (!existsSync(compiled)) throw new Error(`tsc wrote no ${ending} for ${folder}/src/${source}`)
      place(output, Buffer.from(rewriteSpecifiers(readFileSync(compiled, 'utf8'))))
    }
  }
  if (wanted.size === 0) return
  result.packages++
  for (const file of existsSync(join(root, folder, 'dist')) ? listFilesBelow(join(root, folder, 'dist')) : []) {
    if (wanted.has(file)) continue
    rmSync(join(root, folder, 'dist', file))
    result.removed++
  }
  for (const program of Object.values(manifest.bin ?? {})) {
    const file = join(root, folder, program)
    if (existsSync(file)) chmodSync(file, 0o755)
  }
}

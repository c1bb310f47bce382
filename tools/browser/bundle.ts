import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ensureBuilt } from '../built-node.ts'
import { repositoryRoot } from '../process/capture.ts'

export interface Bundle {
  readonly code: string
  readonly bytes: number
  readonly gzippedBytes: number
  /** What it still imports when it runs. */
  readonly imports: readonly string[]
  /** Files that have a part in it, the largest share first. */
  readonly inputs: readonly { readonly path: string; readonly bytes: number }[]
}

/**
 * One ES module for browsers from the packages as they are published: `dist/`, not the sources, and no shim for Node's modules, so that an
 * import of one fails. The entry is a file, or a text that stands as a file in the repository's root.
 */
export async function bundleForBrowsers(entry: { readonly file: string } | { readonly text: string }): Promise<Bundle> {
  await ensureBuilt()
  const { outputFiles, metafile } = await build({
    ...('file' in entry
      ? { entryPoints: [entry.file] }
      : { stdin: { contents: entry.text, resolveDir: repositoryRoot, loader: 'ts' as const } }),
    absWorkingDir: repositoryRoot,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const [output] = outputFiles
  const [shares] = Object.values(metafile.outputs)
  if (output === undefined || shares === undefined) throw new Error('invariant: one entry, one output')
  return {
    code: output.text,
    bytes: output.contents.length,
    gzippedBytes: gzipSync(output.contents, { level: 9 }).length,
    imports: shares.imports.map(({ path }) => path),
    inputs: Object.entries(shares.inputs)
      .map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }))
      .sort((a, b) => b.bytes - a.bytes),
  }
}

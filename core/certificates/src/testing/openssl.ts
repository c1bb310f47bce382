import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from '../certificate.ts'
import { encodePem } from '../pem.ts'

/** Runs the system's openssl in a folder of its own that holds `files`; standard output. Throws with its complaint. */
export function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>> = {}): Buffer {
  return inFolder(files, (folder) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Several runs in one folder; the output of the last. */
export function opensslSteps(
  steps: readonly (readonly string[])[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Buffer {
  return inFolder(files, (folder) =>
    steps.reduce<Buffer>(
      (_, args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
      Buffer.alloc(0),
    ),
  )
}

/** `openssl verify` of a path from leaf to anchor at a time: '' when it verifies, else its words. */
export function opensslVerify(path: readonly Certificate[], timeMs: number, host?: string): string {
  const pem = (certificate: Certificate): string => encodePem('CERTIFICATE', certificate.der)
  const [leaf, ...issuers] = path
  const anchor = issuers.pop() ?? leaf
  if (leaf === undefined || anchor === undefined) throw new RangeError('an empty path')
  const files = { 'leaf.pem': pem(leaf), 'anchor.pem': pem(anchor), 'between.pem': issuers.map(pem).join('') }
  const between = issuers.length > 0 ? ['-untrusted', 'between.pem'] : []
  const named = host === undefined ? [] : ['-verify_hostname', host]
  const args = ['verify', '-attime', String(Math.floor(timeMs / 1000)), '-x509_strict', '-CAfile', 'anchor.pem']
  return inFolder(files, (folder) => {
    const result = spawnSync('openssl', [...args, ...between, ...named, 'leaf.pem'], { cwd: folder, encoding: 'utf8' })
    return result.status === 0 ? '' : `${result.stdout}${result.stderr}`
  })
}

function inFolder<T>(files: Readonly<Record<string, string | Uint8Array>>, run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'cresset-openssl-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

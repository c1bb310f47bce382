import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

/** Writes files into an empty folder that is removed after the test, and gives the folder. */
export function plant(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'cresset-tools-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), content)
  }
  return root
}

/** A root manifest over workspaces, each with what is given besides its name and version. */
export function manifests(workspaces: Readonly<Record<string, object>>, root: object = {}): Record<string, string> {
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'cresset', workspaces: Object.keys(workspaces), ...root }),
  }
  for (const [folder, more] of Object.entries(workspaces)) {
    const name = `@cresset/${folder.replaceAll('/', '-')}`
    files[`${folder}/package.json`] = JSON.stringify({ name, version: '0.1.0', ...more })
  }
  return files
}

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '../../tools/process/capture.ts'
import type { PlantedBug } from './planted-bugs.ts'
import type { Product } from './product.ts'

/** Loads a copy of core/ledger with the bug in it; the copy is on the disk while `use` runs. */
export async function withPlanted<T>(bug: PlantedBug, use: (product: Product) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'ledger-planted-'))
  try {
    cpSync(join(repositoryRoot, 'core/ledger/src'), join(copy, 'src'), { recursive: true })
    writeFileSync(join(copy, 'package.json'), '{ "type": "module", "private": true }\n')
    symlinkSync(join(repositoryRoot, 'node_modules'), join(copy, 'node_modules'))
    const path = join(copy, 'src', bug.file)
    const source = readFileSync(path, 'utf8')
    if (source.split(bug.right).length !== 2) throw new Error(`${bug.file}: the place to plant "${bug.name}" is gone`)
    writeFileSync(
      path,
      source.replace(bug.right, () => bug.wrong),
    )
    return await use((await import(pathToFileURL(join(copy, 'src/index.ts')).href)) as Product)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

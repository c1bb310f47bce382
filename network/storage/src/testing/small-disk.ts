import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of a few MiB in memory, or the reason why there is none here. */
export function mountSmallDisk(mebibytes: number): { path: string; unmount(): void } | { skip: string } {
  const path = mkdtempSync(join(tmpdir(), 'cresset-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'cresset-test', path], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(path)
    return {
      skip: `cannot mount a small file system here: ${(error as Error).message.split('\n')[1] ?? 'not permitted'}`,
    }
  }
  return {
    path,
    unmount() {
      execFileSync('umount', ['-l', path], { stdio: 'pipe' })
      rmdirSync(path)
    },
  }
}

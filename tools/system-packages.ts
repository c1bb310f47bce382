/**
 * Installs the system packages that tests need, where it may: with apt as root, or through `sudo -n`.
 * `node tools/system-packages.ts` does it alone; `npm test` does it first.
 */
import { capture } from './process/capture.ts'
import { findOnPath, systemTools } from './system-tools.ts'

export type SystemPackages = { missing: string[]; message: string }

export type Installer = {
  find(program: string): string | undefined
  isRoot: boolean
  /** Runs a command; gives its status and what it printed. */
  run(command: string, args: readonly string[]): Promise<{ status: number; output: string }>
}

/** Looks for the programs, installs what lacks, and says in one line what it did or what is missing. */
export async function provideSystemPackages(installer: Installer = systemInstaller): Promise<SystemPackages> {
  const lacking = (): string[] => Object.keys(systemTools).filter((program) => installer.find(program) === undefined)
  const before = lacking()
  if (before.length === 0) return { missing: [], message: `${Object.keys(systemTools).join(', ')} are there` }
  const packages = [...new Set(before.map((program) => systemTools[program]?.package as string))]
  const byHand = `install by hand: ${packages.join(' ')}`
  if (installer.find('apt-get') === undefined) {
    return { missing: before, message: `missing ${before.join(', ')}; this system has no apt, ${byHand}` }
  }
  const prefix = await permission(installer)
  if (prefix === undefined) {
    return {
      missing: before,
      message: `missing ${before.join(', ')}; not root and sudo asks for a password, ${byHand}`,
    }
  }
  const apt = (...args: string[]): Promise<{ status: number; output: string }> => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args] as [
      string,
    ]
    return installer.run(command, rest)
  }
  const updated = await apt('update')
  const installed = await apt('install', '-y', '--no-install-recommends', ...packages)
  const missing = lacking()
  if (missing.length === 0) {
    return {
      missing,
      message: `installed ${packages.join(', ')} with apt (${prefix.length === 0 ? 'as root' : 'by sudo'})`,
    }
  }
  const reason = (installed.status === 0 ? updated : installed).output.trim().split('\n').at(-1) ?? ''
  return { missing, message: `missing ${missing.join(', ')}; apt failed (${reason}), ${byHand}` }
}

/** What to put before a command to run it as root; nothing when we may not. */
async function permission(installer: Installer): Promise<string[] | undefined> {
  if (installer.isRoot) return []
  if (installer.find('sudo') === undefined) return undefined
  return (await installer.run('sudo', ['-n', 'true'])).status === 0 ? ['sudo', '-n'] : undefined
}

const systemInstaller: Installer = {
  find: (program) => findOnPath(program),
  isRoot: process.getuid?.() === 0,
  run: async (command, args) => {
    const { status, stdout, stderr } = await capture(command, args, { timeoutMs: 180_000 })
    return { status, output: stdout + stderr }
  },
}

if (import.meta.main) {
  const { missing, message } = await provideSystemPackages()
  console.log(`system packages: ${message}`)
  process.exitCode = missing.length === 0 ? 0 : 1
}

import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Keeps compiled code for the next run: most of a command's time is the loading of code. In a folder of this user: Node's own
 * choice is in the temporary folder, where another user may lay code in wait for a program that reads keys.
 */
export function keepCompiledCode(variables: Readonly<Record<string, string | undefined>>): void {
  const cacheHome = variables['XDG_CACHE_HOME']
  // XDG base directories: a relative path is to be ignored.
  const folder = cacheHome !== undefined && isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache')
  enableCompileCache(join(folder, 'cresset', 'compiled'))
}

/** For the environment of a process that this one starts. */
export function compiledCodeVariables(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

import { readFile } from 'node:fs/promises'

/**
 * When a process started, as the system counts it; undefined when there is none. With its number it names one process for
 * good, while the number alone can go to another program.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid < 1) return undefined
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  if (stat !== undefined) {
    // The name of the program stands in brackets and may hold anything: proc(5), fields 3 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  }
  try {
    process.kill(pid, 0)
    return 'unknown'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'unknown' : undefined
  }
}

/** Whether the process that wrote down its number and start is still there. */
export async function isRunning({ pid, started }: { pid: number; started: string }): Promise<boolean> {
  return (await processStart(pid)) === started
}

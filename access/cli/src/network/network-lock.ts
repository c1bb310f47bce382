import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../exit-codes.ts'
import { fileProblem } from '../file-problem.ts'
import { isRunning, processStart } from './process-start.ts'

/**
 * `up` twice on one folder would have two supervisors fight over its ports. (Two validators with one key there cannot be: each
 * holds its data folder.) Returns what gives the folder back.
 * @throws UsageError that names the process which has it
 */
export async function lockNetwork(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'network.lock')
  const own = `${path}.${process.pid}`
  const refuse = (error: NodeJS.ErrnoException): never => {
    throw new UsageError(`cannot write in ${folder}: ${fileProblem(error)}`)
  }
  await writeFile(own, `${process.pid} ${await processStart(process.pid)}\n`, { mode: 0o600 }).catch(refuse)
  try {
    for (;;) {
      // A link appears with its content, so nobody reads half a line.
      const taken = await link(own, path).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'EEXIST' || refuse(error),
      )
      if (!taken) return () => rm(path, { force: true })
      const [pid = '', started = ''] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ')
      if (await isRunning({ pid: Number(pid), started })) {
        throw new UsageError(
          `process ${pid} already runs this network; end it with "cresset network down --dir ${folder}"`,
        )
      }
      await rm(path, { force: true })
    }
  } finally {
    await rm(own, { force: true })
  }
}

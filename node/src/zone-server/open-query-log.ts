import { LogFile, QueryLog } from '@cresset/dns-server'
import { StartError } from '../start-error.ts'

export interface QueryLogSettings {
  /** `-` is the standard output. */
  readonly path: string
  /** Each so-manieth query. */
  readonly sampleEvery: number
}

export interface OpenQueryLog {
  readonly log: QueryLog
  /** Begins the file anew, after it was moved away. Rejects with the system's error, and the file from before goes on. */
  reopen(): Promise<void>
  /** Writes what waits. */
  close(): Promise<void>
}

/** A disk that does not answer must not keep the server from ending. */
const CLOSE_MS = 2_000
/** A full disk refuses five times a second. */
const REPEAT_MS = 60_000

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write there',
  EROFS: 'nothing can be written there',
}

/** @throws StartError */
export async function openQueryLog(
  { path, sampleEvery }: QueryLogSettings,
  onProblem: (message: string) => void,
): Promise<OpenQueryLog> {
  let toldAtMs = Number.NEGATIVE_INFINITY
  const options = {
    sampleEvery,
    nowMs: Date.now,
    onProblem: ({ message }: Error) => {
      const nowMs = performance.now()
      if (nowMs - toldAtMs < REPEAT_MS) return
      toldAtMs = nowMs
      onProblem(`the query log is not written: ${message}`)
    },
  }
  if (path === '-') {
    const write = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, 'latin1', (error) => (error ? reject(error) : resolve()))
      })
    const log = new QueryLog({ write }, options)
    return { log, reopen: async () => undefined, close: () => withinTime(log.flush()) }
  }
  const file = await LogFile.open(path).catch((error: Error) => {
    const problem = problems[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message
    throw new StartError('configuration', `the query log ${path} cannot be written: ${problem}`, { cause: error })
  })
  const log = new QueryLog(file, options)
  return {
    log,
    reopen: () => file.reopen(),
    close: () => withinTime(log.flush().then(() => file.close())),
  }
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

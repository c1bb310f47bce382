import { parseArgs } from 'node:util'
import { dnsParseOptions } from './dns-settings.ts'
import { readNodeFolder } from './folder/read-node-folder.ts'
import { keySources } from './key-sources.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import { nodeLogger } from './node-logger.ts'
import { withOptions } from './node-options.ts'
import { reportToManager } from './report-to-manager.ts'
import { asStartError, StartError } from './start-error.ts'
import { startNode } from './start-node.ts'

/*
 * One node as a process: `main.ts --dir FOLDER [--api HOST:PORT] [--dns HOST:PORT] [--agreement HOST:PORT] [--log-level L]
 * [--replay-blocks N] [--vote-without-record] [--end-with-input]`, and the options of `dns-settings.ts` for its name server.
 * Prints one line of JSON on stdout when it serves. SIGINT and SIGTERM end it cleanly, SIGHUP begins its logs anew; exit statuses: start-error.ts.
 */

function stopWith(error: StartError, configuration?: NodeConfiguration): never {
  const logger = nodeLogger(configuration ?? { name: 'node', logLevel: 'error' })
  logger.fatal({ reason: error.reason, ...(error.reason === 'crashed' ? { error: error.cause } : {}) }, error.message)
  process.exit(error.exitStatus)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        dir: { type: 'string' },
        agreement: { type: 'string' },
        api: { type: 'string' },
        dns: { type: 'string' },
        'log-level': { type: 'string' },
        'replay-blocks': { type: 'string' },
        'vote-without-record': { type: 'boolean' },
        ...dnsParseOptions,
        // For a node below a supervisor: its pipe closes however the supervisor ends, SIGKILL included.
        'end-with-input': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new StartError('configuration', (error as Error).message, { cause: error })
  }
}

async function run(): Promise<void> {
  let configuration: NodeConfiguration | undefined
  let reopenLogs = (): void => undefined
  // Heard from the first moment on: unheard it would end a service whose logs are moved away while it starts.
  process.on('SIGHUP', () => reopenLogs())
  try {
    const values = readArguments()
    configuration = withOptions(await readNodeFolder(values.dir ?? '.', keySources(process.env)), values)
    const node = await startNode(configuration)
    let tellStop = (): void => undefined
    let stopping = false
    const stop = (status: () => void): void => {
      if (stopping) return
      stopping = true
      tellStop()
      node.stop().then(status, (error) => stopWith(asStartError(error), configuration))
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(() => process.exit(0)))
    reopenLogs = () => void node.reopenLogs()
    if (values['end-with-input'] === true) process.stdin.on('end', () => stop(() => process.exit(0))).resume()
    void node.failure.then((error) => stop(() => stopWith(error, configuration)))
    tellStop = await reportToManager(node, process.env)
    process.stdout.write(`${JSON.stringify({ name: node.name, ...node.endpoints })}\n`)
  } catch (error) {
    stopWith(asStartError(error), configuration)
  }
}

await run()

import { parseArgs } from 'node:util'
import { readNodeFolder } from './folder/read-node-folder.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import { nodeLogger } from './node-logger.ts'
import { withOptions } from './node-options.ts'
import { asStartError, type StartError } from './start-error.ts'
import { startNode } from './start-node.ts'

/*
 * One node as a process: `main.ts --dir FOLDER [--api HOST:PORT] [--dns HOST:PORT] [--agreement HOST:PORT] [--log-level L]`.
 * Prints one line of JSON on stdout when it serves. SIGINT and SIGTERM end it cleanly; exit statuses: start-error.ts.
 */

function stopWith(error: StartError, configuration?: NodeConfiguration): never {
  const logger = nodeLogger(configuration ?? { name: 'node', logLevel: 'error' })
  logger.fatal({ reason: error.reason, ...(error.reason === 'crashed' ? { error: error.cause } : {}) }, error.message)
  process.exit(error.exitStatus)
}

async function run(): Promise<void> {
  let configuration: NodeConfiguration | undefined
  try {
    const { values } = parseArgs({
      options: {
        dir: { type: 'string' },
        agreement: { type: 'string' },
        api: { type: 'string' },
        dns: { type: 'string' },
        'log-level': { type: 'string' },
      },
    })
    configuration = withOptions(await readNodeFolder(values.dir ?? '.'), values)
    const node = await startNode(configuration)
    let stopping = false
    const stop = (status: () => void): void => {
      if (stopping) return
      stopping = true
      node.stop().then(status, (error) => stopWith(asStartError(error), configuration))
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(() => process.exit(0)))
    void node.failure.then((error) => stop(() => stopWith(error, configuration)))
    process.stdout.write(`${JSON.stringify({ name: node.name, ...node.endpoints })}\n`)
  } catch (error) {
    stopWith(asStartError(error), configuration)
  }
}

await run()

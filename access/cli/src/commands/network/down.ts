import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { readRunningNetwork, runningNetworkFile } from '../../context.ts'
import { ClientError } from '../../exit-codes.ts'
import { isRunning } from '../../network/process-start.ts'
import { withProgress } from '../../terminal/progress.ts'

const stopTimeoutMs = 20_000

export function networkDown(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('down')
    .description('end the validators that "network up" started from this folder')
    .option('--dir <folder>', 'folder of the consortium', 'consortium')
  kit.add<{ dir: string }>(command, 'cresset network down --dir consortium', async (context, _positional, { dir }) => {
    const running = await readRunningNetwork(dir)
    if (!running || !(await isRunning(running))) {
      throw new ClientError('not-found', 'not-running', `no network runs from ${join(dir, runningNetworkFile)}`)
    }
    process.kill(running.pid, 'SIGTERM')
    await withProgress(context.output, 'waiting for the validators to end', async () => {
      const deadlineMs = Date.now() + stopTimeoutMs
      while (await isRunning(running)) {
        if (Date.now() > deadlineMs) {
          throw new ClientError(
            'refused',
            'still-running',
            `process ${running.pid} has not ended; look at the logs in ${dir}/nodes`,
          )
        }
        await delay(50)
      }
    })
    context.output.result({ stopped: running.nodes.map((node) => node.name) }, [
      `stopped ${running.nodes.map((node) => node.name).join(', ')}`,
    ])
  })
}

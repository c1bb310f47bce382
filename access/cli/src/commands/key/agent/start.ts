import { once } from 'node:events'
import { resolve } from 'node:path'
import { hideMemory, KeyAgent, serveAgent } from '@cresset/keys'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../../command-kit.ts'

interface Options {
  readonly socket?: string
  readonly idle: number
}

const minuteMs = 60_000

/** Ends with the signal that asks for it. */
function stopSignal(): Promise<unknown> {
  return Promise.race((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => once(process, signal)))
}

export function agentStart(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('start', { isDefault: true })
    .description('hold keys until it is ended; runs in the foreground')
    .option('--socket <path>', "where to listen (CRESSET_AGENT, or this user's own place when left out)")
    .addOption(
      new Option('--idle <minutes>', 'forget all keys when none was used for so long; 0: never')
        .argParser(wholeNumber(0, 10_080))
        .default(60),
    )
  kit.add<Options>(command, 'cresset key agent', async (context, _positional, options) => {
    const socketPath = resolve(options.socket ?? context.agentSocket)
    const hidden = await hideMemory()
    const agent = new KeyAgent()
    const stopped = stopSignal()
    const served = await context.withKeys(
      serveAgent({
        socketPath,
        agent,
        ...(options.idle > 0 ? { idleMs: options.idle * minuteMs } : {}),
        onIdle: () => context.output.note(`no key was used for ${options.idle} minutes: all are forgotten`),
      }),
    )
    context.output.result({ socket: socketPath, pid: process.pid, idleMinutes: options.idle, memoryHidden: hidden }, [
      `export CRESSET_AGENT=${socketPath}`,
      'next, in another terminal: the line above, then cresset key agent add alice.key, then --key agent:alice',
      'Ctrl-C ends it and forgets the keys',
    ])
    if (!hidden) context.output.warn('this system does not keep debuggers of the same user out of the memory')
    await stopped
    await served.stop()
  })
}

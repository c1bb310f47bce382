import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chainIdOf, type Genesis } from '@cresset/core-chain'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import {
  type Context,
  type RunningNetwork,
  readGenesis,
  readRunningNetwork,
  runningNetworkFile,
} from '../../context.ts'
import { ClientError, exitCodes, UsageError } from '../../exit-codes.ts'
import { awaitFirstBlock } from '../../network/await-first-block.ts'
import { lockNetwork } from '../../network/network-lock.ts'
import { processStart } from '../../network/process-start.ts'
import { sourceFlags } from '../../network/source-flags.ts'
import { type ReadyLine, ValidatorProcess } from '../../network/validator-process.ts'
import { voteWithoutRecordOption } from '../../network/vote-without-record.ts'
import { columns } from '../../terminal/output.ts'
import { withProgress } from '../../terminal/progress.ts'
import { addInitOptions, describeConsortium, type InitOptions, initialize } from './init.ts'

interface Options extends InitOptions {
  readonly detach?: boolean
  readonly detached?: boolean
  readonly readyTimeout: number
  readonly voteWithoutRecord?: boolean
}

const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))

async function openFolder(context: Context, options: Options): Promise<Genesis> {
  const path = join(options.dir, 'genesis.json')
  if (!(await stat(path).catch(() => undefined))) {
    const made = await initialize(context, options)
    for (const line of describeConsortium(made)) context.output.note(line)
    return made.genesis
  }
  const genesis = await readGenesis(path)
  const strange = options.zone?.find((zone) => !genesis.zones.includes(zone))
  if (strange !== undefined)
    throw new UsageError(
      `${options.dir} holds a ledger of ${genesis.zones.join(', ')}, not of ${strange}; name another folder with --dir`,
    )
  return genesis
}

function nodeArguments(options: Options, command: Command, index: number): string[] {
  // Ports given on the command line move the listeners of a folder made earlier; else its own configuration counts.
  const moved = (name: 'apiPort' | 'dnsPort', flag: string) =>
    command.getOptionValueSource(name) === 'cli' ? [flag, `${options.host}:${options[name] + index}`] : []
  const vouched = options.voteWithoutRecord ? ['--vote-without-record'] : []
  return [...moved('apiPort', '--api'), ...moved('dnsPort', '--dns'), ...vouched]
}

function describeRunning(nodes: readonly ReadyLine[]): string[] {
  return [...columns(nodes.map((node) => [node.name, `API ${node.api}   DNS ${node.dns}`]))]
}

/** Resolves with the first of the signals that ask a program to end; a terminal that closes sends SIGHUP. */
function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal))
  })
}

async function endOfInput(): Promise<string> {
  const closed = once(process.stdin.resume(), 'close')
  // What is listened to must not keep a process alive that has nothing more to do.
  process.stdin.unref()
  await closed
  return 'the end of its starter'
}

const interrupted = (signal: string): ClientError =>
  new ClientError('refused', 'interrupted', `ended by ${signal} before the network was ready`)

/** Starts this command again in the background and waits until the network answers. */
async function detach(context: Context, options: Options): Promise<void> {
  // A file and not a pipe: this process ends, and a supervisor that writes into a broken pipe would end too.
  const logPath = join(options.dir, 'network.log')
  // Added to, not begun anew: the network may be running, and this its log.
  const log = await open(logPath, 'a', 0o600)
  const { size } = await log.stat()
  const argv = process.argv.slice(1).map((word) => (word === '--detach' ? '--detached' : word))
  const child = spawn(process.execPath, [...sourceFlags, ...argv], {
    // The pipe closes when this process ends: a network that nobody waits for any more is not to come up.
    stdio: ['pipe', log.fd, log.fd],
    detached: true,
  })
  const exited = once(child, 'exit')
  const asked = askedToEnd()
  let signal: string | undefined
  void asked.then((name) => {
    signal = name
    child.kill('SIGTERM')
  })
  await log.close()
  const deadlineMs = Date.now() + options.readyTimeout * 1000
  const now = await withProgress(context.output, 'starting the validators', async () => {
    while (Date.now() < deadlineMs) {
      if (signal !== undefined) {
        await exited
        throw interrupted(signal)
      }
      if (child.exitCode !== null || child.signalCode !== null) {
        const lines = (await readFile(logPath)).subarray(size).toString('utf8').trim().split('\n')
        const reason = lines.at(-1)?.replace(/^cresset: /, '') || 'the network did not start'
        throw new ClientError(child.exitCode === exitCodes.usage ? 'usage' : 'refused', 'not-started', reason)
      }
      const found = await readRunningNetwork(options.dir)
      if (found?.pid === child.pid) return found
      await delay(50)
    }
    child.kill('SIGTERM')
    throw new ClientError(
      'unreachable',
      'not-ready',
      `the network was not ready within ${options.readyTimeout} s; see ${logPath} and the logs in ${options.dir}/nodes`,
    )
  })
  if (!now) throw new Error('invariant: a network that runs has said so')
  child.unref()
  child.stdin?.destroy()
  context.output.result({ pid: now.pid, nodes: now.nodes }, [
    ...columns(now.nodes.map((node) => [node.name, `API ${node.api}   DNS ${node.dns}`])),
    `end it with: cresset network down --dir ${options.dir}`,
  ])
}

export function networkUp(parent: Command, kit: CommandKit): void {
  const command = addInitOptions(
    parent
      .command('up')
      .description('run the validators of a folder on this machine; makes the folder when it is not there'),
  )
    .option('--detach', 'return when the network answers; end it with "network down"')
    .addOption(
      new Option('--detached', 'what --detach starts: ends with its input until the network is ready').hideHelp(),
    )
    .addOption(
      new Option('--ready-timeout <seconds>', 'how long the validators may take to start')
        .argParser(wholeNumber(1, 3600))
        .default(60),
    )
    .addOption(voteWithoutRecordOption())
  kit.add<Options>(
    command,
    'cresset network up --dir consortium --zone acme --validators 4',
    async (context, _positional, options) => {
      if (options.detach) {
        await openFolder(context, options)
        return detach(context, options)
      }
      const genesis = await openFolder(context, options)
      const stopped = askedToEnd()
      const starterEnded = options.detached ? endOfInput() : new Promise<string>(() => undefined)
      const unlock = await lockNetwork(options.dir)
      const runningPath = join(options.dir, runningNetworkFile)
      const { consortiumPaths } = await import('@cresset/node/paths')
      const paths = consortiumPaths(options.dir)
      const here: ValidatorProcess[] = []
      for (const [index, node] of genesis.nodes.entries()) {
        const { folder, configuration } = paths.node(node.name)
        // A genesis made of public keys lists nodes whose folders are on other machines.
        if (!(await stat(configuration).catch(() => undefined))) continue
        here.push(
          new ValidatorProcess({
            name: node.name,
            folder,
            nodeMain,
            arguments: nodeArguments(options, command, index),
            readyTimeoutMs: options.readyTimeout * 1000,
          }),
        )
      }
      const stopAll = () => Promise.all(here.map((validator) => validator.stop()))
      try {
        if (here.length === 0)
          throw new UsageError(`no node of this ledger has its folder in ${dirname(runningPath)}/nodes`)
        const starting = withProgress(context.output, `starting ${here.length} validators`, () =>
          Promise.all(here.map((validator) => validator.start())),
        )
        starting.catch(() => undefined)
        const early = Promise.race([stopped, starterEnded]).then((signal) => {
          throw interrupted(signal)
        })
        early.catch(() => undefined)
        const ready = await Promise.race([starting, early])
        const nodes = ready.map((line, index) => ({
          name: line.name,
          pid: here[index]?.pid ?? 0,
          api: line.api,
          dns: line.dns,
        }))
        if (here.length === genesis.nodes.length) {
          const first = awaitFirstBlock(
            nodes.map((node) => node.api),
            options.readyTimeout * 1000,
          )
          await Promise.race([first, early])
        }
        const running: RunningNetwork = { pid: process.pid, started: (await processStart(process.pid)) ?? '', nodes }
        await writeFile(`${runningPath}.new`, JSON.stringify(running))
        await rename(`${runningPath}.new`, runningPath)
        context.output.result({ chainId: chainIdOf(genesis), pid: process.pid, nodes }, [
          `ledger ${chainIdOf(genesis)} runs with ${nodes.length} validators, agreement by ${genesis.engine}`,
          ...describeRunning(ready),
          'Ctrl-C ends it.',
        ])
        let ending = false
        const ended = here.map(
          (validator) =>
            new Promise<void>((resolve) =>
              validator.onExit(() => {
                if (!ending) context.output.warn(`${validator.name} has ended; see ${validator.logPath}`)
                resolve()
              }),
            ),
        )
        const signal = await Promise.race([stopped, Promise.all(ended).then(() => undefined)])
        ending = true
        if (signal === undefined)
          throw new ClientError(
            'refused',
            'validators-ended',
            `all validators here have ended; see ${here[0]?.logPath}`,
          )
        context.output.note('ending the validators')
      } finally {
        await rm(runningPath, { force: true })
        await stopAll()
        await unlock()
      }
    },
  )
}

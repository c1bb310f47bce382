import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../../node/src/folder/free-ports.ts'
import { cliArguments, firstPort, runCresset, temporaryFolder } from '../cluster.ts'
import { type CommandBlock, commandBlocksOf } from './document.ts'
import { outputProblem } from './match-output.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const portsOfEachKind = 8
const timeoutMs = 170_000

/** Ports as the documents write them (the defaults, 8443 for a web server, and what its commands listen on), and free ones in their place. */
async function choosePorts(blocks: readonly CommandBlock[]): Promise<ReadonlyMap<string, string>> {
  const kinds = [7400, 8400, 5300, 8443].flatMap((written) =>
    Array.from({ length: portsOfEachKind }, (_, index) => String(written + index)),
  )
  const others = blocks.flatMap(({ commands }) =>
    [...commands.matchAll(/(?:127\.0\.0\.1:|\[::1\]:)(\d{4,5})\b/g)].map(([, port = '']) => port),
  )
  const written = [...new Set([...kinds, ...others])]
  const first = await freePorts(firstPort(), written.length)
  return new Map(written.map((port, index) => [port, String(first + index)]))
}

function replacePorts(text: string, ports: ReadonlyMap<string, string>): string {
  return text.replace(/(?<![\d.])\d{4,5}(?!\d)/g, (port) => ports.get(port) ?? port)
}

/** Stands for the repository's folder: the `cresset` command from source, with the free ports where a network is made. */
async function makeRepositoryFolder(folder: string, ports: ReadonlyMap<string, string>): Promise<void> {
  const flags = ['agreement 7400', 'api 8400', 'dns 5300'].map((kind) => {
    const [name, port = ''] = kind.split(' ')
    return `--${name}-port ${ports.get(port)}`
  })
  const words = [process.execPath, ...cliArguments].map((word) => `'${word}'`).join(' ')
  const script = [
    '#!/bin/sh',
    `case "$1 $2" in "network up" | "network init") set -- "$@" ${flags.join(' ')} ;; esac`,
    `exec ${words} "$@"`,
    '',
  ].join('\n')
  await mkdir(folder)
  await writeFile(join(folder, 'cresset'), script)
  await chmod(join(folder, 'cresset'), 0o755)
  for (const name of ['node_modules', 'docs', 'node']) await symlink(join(repository, name), join(folder, name))
}

/** One shell for the whole document, so that `cd` and `export` last; the first command that fails ends it. */
function scriptOf(blocks: readonly CommandBlock[], mark: string, ports: ReadonlyMap<string, string>): string {
  const parts = blocks.map(({ commands }, index) => `printf '\\n${mark} ${index}\\n'\n${replacePorts(commands, ports)}`)
  return `set -e -o pipefail\n${parts.join('\n')}\nprintf '\\n${mark} end\\n'\n`
}

/** Networks that a failed document left behind end through their own command. */
async function endNetworks(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    if (!entry.endsWith('/running.json')) continue
    const cwd = join(folder, entry, '../..')
    await runCresset(['network', 'down', '--dir', entry.split('/').at(-2) ?? ''], { cwd })
  }
}

/**
 * Runs all command blocks of a document in order, in a temporary folder and against the real command line.
 * @throws Error naming the document's line, when a command fails or prints something else than the document shows.
 */
export async function runDocument(path: string): Promise<void> {
  const all = commandBlocksOf(await readFile(path, 'utf8'))
  const blocks = all.filter((block) => block.notRun === undefined)
  if (blocks.length === 0) throw new Error(`${path}: no block of commands is run`)
  const ports = await choosePorts(blocks)
  const written = new Map([...ports].map(([port, free]) => [free, port]))
  await using temporary = await temporaryFolder()
  const folder = join(temporary.path, 'cresset-repository')
  const scratch = join(temporary.path, 'scratch')
  await mkdir(scratch)
  await makeRepositoryFolder(folder, ports)
  const mark = `block-of-${process.pid}-${Date.now()}`
  const script = join(temporary.path, 'document.sh')
  await writeFile(script, scriptOf(blocks, mark, ports))
  try {
    const { output, problem, status } = await runScript(script, folder, scratch)
    const printed = replacePorts(output, written).split(new RegExp(`\\n${mark} (?:\\d+|end)\\n`))
    // The part before the first mark is empty; the one after `end` too.
    for (const [index, block] of blocks.entries()) {
      const place = `${path}:${block.line}`
      const ended = printed.length > index + 2
      const text = printed[index + 1] ?? ''
      if (!ended) throw new Error(`${place}: the commands ended with status ${status}\n${text}\n${problem}`)
      const difference = block.shown === undefined ? undefined : outputProblem(block.shown, text)
      if (difference !== undefined) throw new Error(`${place}: ${difference}`)
    }
  } finally {
    await endNetworks(temporary.path)
  }
}

async function runScript(
  script: string,
  cwd: string,
  scratch: string,
): Promise<{ output: string; problem: string; status: string }> {
  const child = spawn('bash', [script], {
    cwd,
    env: {
      ...process.env,
      CRESSET_GENESIS: '',
      CRESSET_KEY: '',
      CRESSET_NODE: '',
      CRESSET_STATE: join(scratch, 'state'),
      TMPDIR: scratch,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  let problem = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem = (problem + text).slice(-4_000)
  })
  const endGroup = (): void => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // The whole group has ended by itself.
    }
  }
  const tooLong = setTimeout(endGroup, timeoutMs)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearTimeout(tooLong)
  // Servers that the document started in the background.
  endGroup()
  return { output, problem, status: code === null ? `signal ${signal}` : String(code) }
}

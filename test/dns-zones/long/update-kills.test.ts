import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { queryServer } from '@cresset/dns-server'
import { parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import { readTsigKeyFile } from '@cresset/node'
import { updateMessage } from '../../../dns/server/src/testing/update-text.ts'
import { TsigRequest } from '../../../dns/server/src/tsig/tsig-request.ts'
import { skipWithout } from '../../../tools/system-tools.ts'
import { cliArguments } from '../../cluster/program.ts'
import { runToEnd } from '../run-to-end.ts'
import { freePort } from '../secondary-servers.ts'

const ROUNDS = 8
/** Of one round, until the server is killed. */
const MOST_MS = 700
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-update-kills-'))
  const secret = Buffer.alloc(32, 6).toString('base64')
  await writeFile(join(folder, 'key'), `key "editor" { algorithm hmac-sha256; secret "${secret}"; };\n`, {
    mode: 0o600,
  })
  await writeFile(join(folder, 'zone'), '@ 60 SOA ns host 1 3600 600 604800 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n')
})
after(() => rm(folder, { recursive: true, force: true }))

async function serve(port: number): Promise<ChildProcess> {
  const options = [
    '--sign',
    '--zone',
    'example.org:zone',
    '--listen',
    `127.0.0.1:${port}`,
    '--allow-transfer',
    '127.0.0.1',
  ]
  const updates = ['--update', 'editor@example.org', '--update-key', 'key', '--update-rate', '10000']
  const child = spawn(process.execPath, [...cliArguments, 'dns', 'serve', ...options, ...updates], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text))
  while (!said.includes('Ctrl-C')) {
    assert.equal(child.exitCode, null, said)
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
  }
  return child
}

test('whatever moment the server is killed at, what it acknowledged is there when it starts again', {
  skip: skipWithout('dig', 'kzonecheck'),
  timeout: 300_000,
}, async (context) => {
  const port = await freePort()
  const key = await readTsigKeyFile(join(folder, 'key'))
  const acknowledged: string[] = []
  let sent = 0
  let server = await serve(port)
  context.after(() => server.kill('SIGKILL'))
  const nameOf = (number: number): string => `n${number}.example.org`
  for (let round = 0; round < ROUNDS; round++) {
    const socket = createSocket('udp4')
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    // Two are under way at any time, so that one is being written whenever it happens.
    const waiting = new Map<number, string>()
    const sendOne = (): void => {
      const id = ++sent % 65_536
      const updates = [`${nameOf(sent)} 60 IN TXT "${'x'.repeat(200)}"`]
      const message = updateMessage({ zone: 'example.org', id, updates })
      waiting.set(id, nameOf(sent))
      socket.send(new TsigRequest(message, key, Math.floor(Date.now() / 1_000)).bytes)
    }
    socket.on('error', () => undefined)
    socket.on('message', (bytes) => {
      const { id, rcode } = parseMessage(bytes)
      assert.equal(rcode, 0)
      acknowledged.push(waiting.get(id) ?? assert.fail())
      sendOne()
    })
    sendOne()
    sendOne()
    const ended = once(server, 'exit')
    setTimeout(() => server.kill('SIGKILL'), Math.random() * MOST_MS)
    await ended
    socket.close()
    server = await serve(port)
    for (const name of acknowledged) {
      const question = { name: parseAbsoluteName(name), type: RecordType.TXT, timeoutMs: 5_000 }
      const { answers } = await queryServer({ address: '127.0.0.1', port }, question)
      assert.equal(answers.length, 1, `${name}, round ${round}`)
    }
  }
  assert.ok(acknowledged.length > ROUNDS, `${acknowledged.length} acknowledged`)
  // And the zone is whole: every signature is good, and the chain leads around.
  const asked = [
    '@127.0.0.1',
    '-p',
    String(port),
    'example.org',
    'AXFR',
    '+onesoa',
    '+nocomments',
    '+nocmd',
    '+nostats',
  ]
  const { output } = await runToEnd('dig', asked, { cwd: folder })
  await writeFile(join(folder, 'taken'), output)
  const checked = await runToEnd('kzonecheck', ['-d', 'on', '-o', 'example.org', 'taken'], { cwd: folder })
  assert.equal(checked.status, 0, checked.output)
})

import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder } from '../cluster.ts'
import { Machines, skipWithoutMachines } from '../machines.ts'
import type { Shell } from '../shell.ts'

const machineCount = 4
/** Nodes on one machine listen at ports of their own. */
const portsOf = (node: number): string[] => [
  '--agreement-port',
  String(7400 + node),
  '--api-port',
  String(8400 + node),
  '--dns-port',
  String(5300 + node),
]

interface Told {
  readonly kind: string
  readonly status: {
    readonly height: number
    readonly membership: string
    readonly peers: readonly { readonly connected: boolean }[]
  } | null
  readonly problems: readonly string[]
}

/** A network that lives through the votes of its members. */
class Growing {
  readonly folder: string
  readonly machines: Machines
  readonly operator: Shell
  readonly people: readonly Shell[]
  /** In the order of admission. */
  readonly members: string[] = ['node1']
  readonly processes = new Map<string, ChildProcess>()

  constructor(folder: string, machines: Machines) {
    this.folder = folder
    this.machines = machines
    const network = join(folder, 'network')
    const variables = {
      CRESSET_GENESIS: join(network, 'genesis.json'),
      CRESSET_KEY: join(network, 'keys/founder.key'),
    }
    this.operator = machines.openShell(0, folder, variables)
    this.people = Array.from({ length: machineCount }, (_, index) => machines.openShell(index, folder, {}))
  }

  get passphraseFile(): string {
    return join(this.folder, 'passphrase')
  }

  /** `node1` is of genesis; every other one has a folder of its own. */
  place(name: string): string {
    return join(this.folder, name === 'node1' ? 'network/nodes/node1' : name)
  }

  machineOf(name: string): number {
    return (Number(name.replace(/\D+/, '')) - 1) % machineCount
  }

  status(name: string): Promise<Told> {
    const shell = this.people[this.machineOf(name)] as Shell
    return shell.run(['node', 'status', '--dir', this.place(name), '--json']).then(({ stdout }) => JSON.parse(stdout))
  }

  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
    const endMs = Date.now() + timeoutMs
    while (!(await holds())) {
      if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
      await delay(200)
    }
  }

  /** One member proposes, the others agree until it passes. */
  async decide(...change: string[]): Promise<void> {
    const identity = (name: string): string => join(this.place(name), 'keys/identity.key')
    const [first = '', ...others] = this.members
    const made = await this.operator.json(['network', 'propose', ...change, '--as', identity(first)])
    let { outcome } = made as { outcome?: string }
    for (const name of others) {
      if (outcome !== 'open') break
      const voted = await this.operator.json([
        'network',
        'vote',
        String(made['proposal']),
        'yes',
        '--as',
        identity(name),
      ])
      outcome = (voted as { outcome?: string }).outcome
    }
    assert.equal(outcome, 'passed', change.join(' '))
  }

  /** From keys on its machine to a node that follows. */
  async admit(node: number, kind: 'validator' | 'follower' | 'local'): Promise<string> {
    const name = `${{ validator: 'node', follower: 'west', local: 'desk' }[kind]}${node}`
    const machine = this.machineOf(name)
    const person = this.people[machine] as Shell
    const place = this.place(name)
    const joining = join(this.folder, `${name}-joining.json`)
    const reached = kind === 'local' ? [] : ['--host', this.machines.address(machine), '--zone', 'acme']
    const where = [...reached, ...portsOf(node)]
    // The keys of the follower lie under a passphrase.
    const hidden = kind === 'follower' ? ['--passphrase-file', this.passphraseFile] : []
    await person.json(['node', 'init', '--dir', place, '--name', name, '--kind', kind, ...where, ...hidden])
    await this.operator.json(['network', 'invite', join(place, 'announcement.json'), '--out', joining])
    await person.json(['node', 'join', joining, '--dir', place, ...hidden])
    this.processes.set(name, await this.machines.startNode(machine, place, '--replay-blocks', '10', ...hidden))
    await this.decide('add-node', join(place, 'request.json'))
    await this.until(`${name} follows`, async () => {
      const { status } = await this.status(name)
      return status?.membership === 'member' && status.height > 0
    })
    return name
  }

  async heightOf(name: string): Promise<number> {
    return (await this.status(name)).status?.height ?? -1
  }
}

test('a network grows from one validator to seven over four machines by vote, a follower answers dig, and two leave again', {
  skip: skipWithoutMachines(),
  timeout: 300_000,
}, async () => {
  await using temporary = await temporaryFolder()
  const folder = temporary.path
  await using machines = new Machines(machineCount)
  const network = join(folder, 'network')
  const growing = new Growing(folder, machines)
  const { operator } = growing
  await writeFile(growing.passphraseFile, 'words that nobody guesses\n', { mode: 0o600 })
  const host = ['--host', machines.address(0)]
  await operator.json(['network', 'init', '--dir', network, '--zone', 'acme', '--validators', '1', ...host])
  growing.processes.set('node1', await machines.startNode(0, growing.place('node1')))
  await operator.json(['name', 'register', 'shop.acme'])
  await operator.json(['name', 'publish', 'www.shop.acme', '--address', '192.0.2.80', '--new-key'])

  for (let node = 2; node <= 7; node++) {
    const name = await growing.admit(node, 'validator')
    growing.members.push(name)
    await growing.decide('validator-in', name)
    await growing.until(`${name} is a validator`, async () => (await growing.status(name)).kind === 'validator')
  }
  const west = await growing.admit(8, 'follower')
  await operator.json(['name', 'publish', 'mail.shop.acme', '--address', '192.0.2.25', '--new-key'])
  const dig = async (question: string): Promise<string> => {
    const server = machines.address(growing.machineOf(west))
    const words = [`@${server}`, '-p', '5308', '+time=2', '+tries=1', '+short', question, 'A']
    return (await machines.run(1, 'dig', ...words)).stdout.trim()
  }
  await growing.until('the follower answers', async () => (await dig('www.shop.acme')) === '192.0.2.80')
  await growing.until('the follower shows what is new', async () => (await dig('mail.shop.acme')) === '192.0.2.25')

  // A local node dials the others, is dialled by nobody, and answers its own machine alone.
  const desk = await growing.admit(9, 'local')
  const atDesk = async (machine: number, server: string): Promise<string> => {
    const words = [`@${server}`, '-p', '5309', '+time=1', '+tries=1', '+short', 'www.shop.acme', 'A']
    return (await machines.run(machine, 'dig', ...words)).stdout.trim()
  }
  const deskMachine = growing.machineOf(desk)
  await growing.until('the local node answers', async () => (await atDesk(deskMachine, '127.0.0.1')) === '192.0.2.80')
  assert.doesNotMatch(await atDesk(1, machines.address(deskMachine)), /192\.0\.2\.80/)
  assert.equal((await growing.status(desk)).kind, 'local')

  // Of seven any two may be away: here those on the third machine.
  machines.setLink(2, false)
  await operator.json(['account', 'transfer', join(growing.place('node2'), 'keys/identity.key'), '1'])
  machines.setLink(2, true)

  // Who is removed is no validator any more; it need not be told before.
  await growing.decide('validator-out', 'node7')
  for (const name of ['node7', 'node6']) {
    await growing.decide('remove-node', name)
    growing.members.splice(growing.members.indexOf(name), 1)
    await growing.until(`${name} says that it was removed`, async () => {
      const { status, problems } = await growing.status(name)
      return status?.membership === 'removed' && problems.some((line) => /does not list .* any more/.test(line))
    })
  }
  for (const name of ['node6', 'node7']) {
    await growing.until(`the others cut ${name} off`, async () => {
      const { status } = await growing.status(name)
      return status?.peers.every(({ connected }) => !connected) === true
    })
  }
  // A set acts two blocks after the one that changes it.
  let sent: Record<string, unknown> = {}
  for (let block = 0; block < 2; block++) {
    sent = await operator.json(['account', 'transfer', join(growing.place('node3'), 'keys/identity.key'), '1'])
  }
  const height = Number(sent['height'])
  assert.equal((sent['rests'] as { validators: number }).validators, 5)
  for (const name of [...growing.members, west, desk]) {
    await growing.until(`${name} is at height ${height}`, async () => (await growing.heightOf(name)) >= height)
    await growing.until(`${name} has no problem`, async () => (await growing.status(name)).problems.length === 0)
  }
  for (const name of ['node6', 'node7'])
    assert.ok((await growing.heightOf(name)) < height, `${name} got blocks after it left`)
  for (const [name, child] of growing.processes) assert.equal(await machines.stopNode(child), 0, name)
  assert.match(await readFile(join(growing.place(west), 'keys/tls.key'), 'utf8'), /scrypt/)
  assert.match(await readFile(join(growing.place(west), 'up.log'), 'utf8'), /follows at height/)
})

import assert from 'node:assert/strict'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../../access/cli/src/program.ts'
import { type Ran, runCresset, temporaryFolder } from './cluster.ts'
import { assertOneLine } from './one-line.ts'

/** Files and arguments that are wrong, on a machine where no network runs. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let genesis: string
before(async () => {
  folder = await temporaryFolder()
  process.chdir(folder.path)
  const ports = ['--agreement-port', '19400', '--api-port', '19410', '--dns-port', '19420']
  const made = await cresset('network', 'init', '--dir', 'net', '--zone', 'acme', ...ports)
  assert.equal(made.code, 0, made.stderr)
  genesis = await readFile(join(folder.path, 'net', 'genesis.json'), 'utf8')
  await file('pass', 'right horse\n')
  for (const options of [
    ['own.key', '--no-passphrase'],
    ['locked.key', '--passphrase-file', 'pass'],
  ]) {
    assert.equal((await cresset('key', 'new', ...options)).code, 0)
  }
})
after(async () => {
  process.chdir('/')
  await folder[Symbol.asyncDispose]()
})

/** In this process, which takes a hundredth of the time; `runCresset` shows where it matters that a process gives the same. */
async function cresset(...args: string[]): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const code = await run(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    variables: { CRESSET_GENESIS: 'net/genesis.json' },
    interactive: false,
    nowMs: Date.now,
  })
  return { code, stdout, stderr }
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder.path, name), content, { mode: 0o600 })
  return name
}

test('a key file that was cut, altered, opened to others or is of a later release is named, with the remedy', async () => {
  const whole = await readFile(join(folder.path, 'own.key'), 'utf8')
  const cases: [string, string, RegExp][] = [
    ['half.key', whole.slice(0, whole.length / 2), /half\.key: is truncated or was altered; restore it from a backup/],
    ['empty.key', '', /empty\.key: /],
    [
      'altered.key',
      whole.replace(/("secret": ".)(.)/, (_, head: string, digit: string) => head + (digit === 'A' ? 'B' : 'A')),
      /altered\.key: is truncated or was altered; restore it from a backup/,
    ],
    ['later.key', whole.replace('"cressetKey": 1', '"cressetKey": 2'), /later\.key: .*(version|release)/],
    ['text.key', 'a shopping list\n', /text\.key: .*not a .*key file/],
  ]
  for (const [name, content, line] of cases) {
    await file(name, content)
    assertOneLine(await cresset('account', 'transfer', '00'.repeat(32), '1', '--key', name), 2, line)
    assert.equal(await readFile(join(folder.path, name), 'utf8'), content, 'the file is left as it was')
  }
  await file('open.key', whole)
  await chmod(join(folder.path, 'open.key'), 0o644)
  for (const command of [
    ['account', 'show'],
    ['notarize', 'pass'],
    ['name', 'list', '--mine'],
  ]) {
    assertOneLine(
      await cresset(...command, '--key', 'open.key'),
      2,
      /open\.key: has mode 0644.*run: chmod 600 open\.key/,
    )
  }
  assertOneLine(await cresset('account', 'show', '--key', 'gone.key'), 2, /gone\.key"? .*no such key file/)
})

test('a wrong, empty or missing passphrase file is said, and the key stays', async () => {
  const before = await readFile(join(folder.path, 'locked.key'))
  await file('wrong', 'wrong horse\n')
  await file('blank', '')
  const notarize = (...options: string[]) => cresset('notarize', 'pass', '--key', 'locked.key', ...options)
  assertOneLine(await notarize('--passphrase-file', 'wrong'), 2, /locked\.key: the passphrase does not open it/)
  assertOneLine(await notarize('--passphrase-file', 'blank'), 2, /passphrase file blank is empty/)
  assertOneLine(await notarize('--passphrase-file', 'nowhere'), 2, /cannot read the passphrase file nowhere/)
  assertOneLine(await notarize(), 2, /the passphrase of .*locked\.key is needed: give --passphrase-file/)
  assertOneLine(
    await cresset('key', 'new', 'locked.key', '--no-passphrase'),
    2,
    /already exists and is not overwritten/,
  )
  assert.deepEqual(await readFile(join(folder.path, 'locked.key')), before)
})

test('a genesis file that was cut, edited or is of a later release is refused by commands and by validators', async () => {
  const cases: [string, string, RegExp][] = [
    ['cut.json', genesis.slice(0, genesis.length / 2), /cut\.json is not a genesis file: .*JSON/],
    ['renamed.json', genesis.replace('"timeMs"', '"time"'), /renamed\.json is not a genesis file: .*"?time/],
    ['later.json', genesis.replace(/"version": *1/, '"version": 2'), /later\.json is not a genesis file: .*version/],
    ['text.json', 'a shopping list', /text\.json is not a genesis file: .*JSON/],
    [
      'negative.json',
      genesis.replace(/"feeEveryBlocks": *\d+/, '"feeEveryBlocks": 3'),
      /feeEveryBlocks: 3 is not from/,
    ],
  ]
  for (const [name, content, line] of cases) {
    assert.notEqual(content, genesis, name)
    await file(name, content)
    assertOneLine(await cresset('name', 'show', 'shop.acme', '--genesis', name), 2, line)
  }
  assertOneLine(
    await cresset('name', 'show', 'shop.acme', '--genesis', 'gone.json'),
    2,
    /no genesis file at gone\.json/,
  )
  await writeFile(join(folder.path, 'net', 'genesis.json'), genesis.slice(0, 500))
  try {
    const asProcess = await runCresset(['network', 'up', '--dir', 'net'], { cwd: folder.path })
    assertOneLine(asProcess, 2, /genesis\.json is not a genesis file/)
  } finally {
    await writeFile(join(folder.path, 'net', 'genesis.json'), genesis)
  }
})

test('rules that make no sense are refused before anything is written', async () => {
  const cases: [string[], RegExp][] = [
    [['--set', 'nonsense=3'], /--set nonsense: no such parameter; there are currencyName, /],
    [['--set', 'feeEvery=soon'], /--set feeEvery\w*: "soon" is not/],
    [['--set', 'feeEvery=2'], /2 is not from 10 to/],
    [['--set', 'feeEvery'], /write --set NAME=VALUE/],
    [['--set', 'maxStaleness=1s'], /maxStaleness/],
    [['--fund', 'abc=1'], /"abc" is neither an account/],
    [['--fund', `${'00'.repeat(32)}=1.1234567`], /has 7 decimals; credit has 6/],
    [['--zone', 'two words'], /zone "two words"/],
    [['--name', 'Two Words'], /"Two Words" is not a label/],
    [['--validators', '0'], /whole number from 1/],
    [['--engine', 'work'], /'work' is invalid.*pbft/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['--host', '300.1.1.1'], /--host 300\.1\.1\.1 is not an IP address/],
    [['--api-port', '7402'], /--agreement-port 7400 and --api-port 7402 meet: 4 validators take 4 ports/],
    [
      ['--dns-port', '65000', '--validators', '32', '--api-port', '65000'],
      /--api-port 65000 and --dns-port 65000 meet/,
    ],
  ]
  for (const [options, line] of cases) {
    for (const command of ['init', 'up']) {
      assertOneLine(await cresset('network', command, '--dir', 'new', '--zone', 'acme', ...options), 2, line)
      assert.ok(!(await readdir(folder.path)).includes('new'), `${options.join(' ')} left a folder`)
    }
  }
  assertOneLine(await cresset('network', 'init', '--dir', 'net', '--zone', 'acme'), 2, /net is not empty/)
  assert.equal(await readFile(join(folder.path, 'net', 'genesis.json'), 'utf8'), genesis)
})

test('where the system takes no folder, as in /proc, is said at once', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc',
  timeout: 90_000,
}, async () => {
  const line =
    /cannot make the folder \/proc\/cresset: its file system takes no folder there; name another one with --dir/
  for (const command of ['init', 'up']) {
    assertOneLine(await cresset('network', command, '--dir', '/proc/cresset', '--zone', 'acme'), 2, line)
  }
  assertOneLine(await cresset('node', 'init', '--dir', '/proc/cresset', '--name', 'west', '--kind', 'local'), 2, line)
})

test('a kind that no transaction and no event has is not waited for', async () => {
  const watch = (...kinds: string[]) => cresset('ledger', 'watch', ...kinds.flatMap((kind) => ['--kind', kind]))
  for (const kind of ['transfers', 'Transfer', '', '__proto__']) {
    assertOneLine(await watch('transfer', kind), 2, /there are: .*\bnameRegistered, .*\btransfer, /)
  }
  // These are known: what fails is that nobody answers.
  assert.equal((await watch('transfer', 'renewalDue', 'nodesChanged')).code, 5)
})

test('names and amounts that no ledger takes are refused before anything is sent', async () => {
  const names: [string, RegExp][] = [
    ['ns.acme', /kept for the ledger/],
    ['a..acme', /label is empty/],
    ['a_b.acme', /other than a–z/],
    ['shop-.acme', /begins or ends with a hyphen/],
    ['xn--zzzz.acme', /Punycode/],
    [`${'a'.repeat(64)}.acme`, /more than 64 bytes/],
    ['acme', /zones are acme/],
    ['shop.example', /not in a zone of this ledger/],
    ['www.shop.acme', /is a host; the name on the ledger is shop\.acme/],
  ]
  for (const [name, line] of names) assertOneLine(await cresset('name', 'register', name, '--key', 'own.key'), 2, line)
  const amounts: [string, RegExp][] = [
    ['1.1234567', /"1.1234567" has 7 decimals; credit has 6/],
    ['1e9', /not in e9|not an amount/],
    ['ten', /"ten" is not an amount/],
    ['1,5', /"1,5" is not an amount/],
    ['5 euro', /counts in credit, not in euro/],
    ['9'.repeat(23), /is more than a ledger counts/],
  ]
  for (const [amount, line] of amounts) {
    assertOneLine(await cresset('account', 'transfer', '00'.repeat(32), amount, '--key', 'own.key'), 2, line)
  }
  assertOneLine(
    await cresset('account', 'transfer', 'alice', '1', '--key', 'own.key'),
    2,
    /"alice" is neither an account/,
  )
})

test('files and folders that cannot be read or made are told in words, whichever command meets them', async () => {
  const cases: [string[], RegExp][] = [
    [['ledger', 'replay', '.'], /\.: .*it is a folder/],
    [['notarize', '.', '--key', 'own.key'], /cannot read \.: it is a folder/],
    [['certificate', 'show', 'gone.pem'], /cannot read gone\.pem: there is no such file/],
    [['certificate', 'show', 'pass/x.pem'], /cannot read pass\/x\.pem: its path goes through a file/],
    [['transaction', 'submit', 'x'.repeat(300)], /: its name is too long/],
    [['agree', 'propose', 'pass', '--party', 'nobody'], /"nobody" is no public key, and there is no such key file/],
    [['key', 'new', 'under.key'], /a passphrase for under\.key is needed/],
    [['name', 'show', 'shop.acme', '--node', 'localhost:8400'], /"localhost:8400" is not the address of a node's API/],
  ]
  for (const [args, line] of cases) assertOneLine(await cresset(...args), 2, line)
})

test('a file without an end is refused after its first bytes, whatever it is given as', async () => {
  const endless = '/dev/zero'
  const commands = [
    ['transaction', 'submit', endless],
    ['transaction', 'sign', endless, '--key', 'own.key'],
    ['agree', 'sign', endless, 'pass', '--key', 'own.key'],
    ['name', 'accept', endless, '--key', 'own.key'],
    ['certificate', 'show', endless],
    ['name', 'publish', 'www.shop.acme', '--address', '::1', '--host-key', endless, '--key', 'own.key'],
    ['notarize', 'pass', '--key', 'locked.key', '--passphrase-file', endless],
    ['ledger', 'proof', '--check', endless],
    ['ledger', 'replay', endless],
    ['name', 'show', 'shop.acme', '--genesis', endless],
    ['network', 'invite', endless],
    ['node', 'join', endless],
    ['network', 'propose', 'add-node', endless],
  ]
  for (const args of commands) {
    assertOneLine(await cresset(...args), 2, /too long|at most/)
  }
})

test('an argument of any length is told of in a short line without control characters', async () => {
  const long = `\x1b[31m${'a'.repeat(5_000)}`
  for (const args of [
    [long],
    ['name', 'show', 'a.acme', long],
    ['name', 'show', `${long}.acme`],
    ['name', 'publish', 'a.b.acme', '--record', `TXT ${long}`],
  ]) {
    const ran = await cresset(...args)
    assertOneLine(ran, 2, / … /)
    assert.ok(ran.stderr.length < 1_700)
    assert.ok(!ran.stderr.includes(long.charAt(0)))
    const json = await cresset(...args, '--json')
    assert.equal(json.stderr, '')
    const { error } = JSON.parse(json.stdout) as { error: { message: string } }
    assert.ok(error.message.length < 1_700)
  }
})

test('with no network running every command says so, with status 5', async () => {
  const key = ['--key', 'own.key']
  const commands = [
    ['network', 'status'],
    ['account', 'show', ...key],
    ['account', 'transfer', '00'.repeat(32), '1', ...key],
    ['name', 'register', 'shop.acme', ...key],
    ['name', 'show', 'shop.acme'],
    ['name', 'list'],
    ['resolve', 'shop.acme'],
    ['verify', 'shop.acme'],
    ['notarize', 'pass', ...key],
    ['ledger', 'block', '1'],
    ['ledger', 'transaction', '00'.repeat(32)],
  ]
  const ran = await Promise.all(commands.map((command) => cresset(...command)))
  for (const [index, { code, stderr, stdout }] of ran.entries()) {
    const what = commands[index]?.join(' ')
    assert.equal(code, 5, `${what}: ${stderr}${stdout}`)
    assert.match(stderr, /^cresset: .*(cannot reach http:\/\/127\.0\.0\.1:19410|no node answers).*$/m, what)
    assert.doesNotMatch(stderr, /^ +at /m)
  }
  const json = await cresset('name', 'show', 'shop.acme', '--json')
  assert.equal(json.code, 5)
  assert.equal((JSON.parse(json.stdout) as { error: { kind: string } }).error.kind, 'unreachable')
  assert.equal(json.stderr, '')
  assertOneLine(await cresset('network', 'down', '--dir', 'net'), 3, /no network runs/)
})

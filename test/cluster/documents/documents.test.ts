import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../cluster.ts'
import { commandBlocksOf } from './document.ts'
import { outputProblem } from './match-output.ts'
import { runDocument } from './run-document.ts'

const fence = '```'
const block = (commands: string, shown?: string): string =>
  `${fence}sh\n${commands}\n${fence}\n${shown === undefined ? '' : `\n${fence}text\n${shown}\n${fence}\n`}`

async function runText(markdown: string): Promise<void> {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'page.md')
  await writeFile(path, markdown)
  await runDocument(path)
}

test('blocks are found with their output and with the reason why they are not run', () => {
  const page = `# Page\n\n${block('a')}\ntext\n\n${block('b', 'out')}\n<!-- not run: it needs a screen -->\n${block('c')}`
  assert.deepEqual(
    commandBlocksOf(page).map(({ commands, shown, notRun }) => [commands, shown, notRun]),
    [
      ['a\n', undefined, undefined],
      ['b\n', 'out\n', undefined],
      ['c\n', undefined, 'it needs a screen'],
    ],
  )
})

test('an output that is as shown passes, with other ids, heights and times', () => {
  const shown =
    'paid 5 credit to 9a586760709b08a5\nproven at height 2 (now) by 3 of 4 votes, from genesis aa1d5975b27ec75b…'
  const printed =
    '\npaid 5 credit to 00ff00ff00ff00ff\nproven at height 17 (3 s ago) by 4 of 4 votes, from genesis 0011223344556677…\n'
  assert.equal(outputProblem(shown, printed), undefined)
  assert.equal(outputProblem('first\n…\nlast 1…', 'first\nand\nso on\nlast 123'), undefined)
})

test('an output that differs in a word, lacks a line or has one more is told', () => {
  const shown = 'paid 5 credit\nproven at height 2'
  assert.match(outputProblem(shown, 'paid 6 credit\nproven at height 2') ?? '', /paid 5 credit/)
  assert.match(outputProblem(shown, 'paid 5 credit') ?? '', /proven at height 2/)
  assert.match(outputProblem(shown, `${shown}\nwarning`) ?? '', /warning/)
  assert.match(outputProblem('first\n…\nlast', 'first\nmiddle') ?? '', /last/)
})

test('a document whose commands work and print what it shows passes; cd and export last', async () => {
  await runText(`${block('cd "$(mktemp -d)"\nexport WORD=lit')}\n${block('echo "$WORD"', 'lit')}`)
})

test('a document with a command that fails is refused, with its line', async () => {
  await assert.rejects(
    runText(`# Page\n\n${block('echo fine')}\n${block('false\ntrue')}`),
    /page\.md:7: the commands ended with status 1/,
  )
})

test('a document that shows another output is refused, with its line', async () => {
  await assert.rejects(runText(block('echo dark', 'lit')), /page\.md:1: the document shows "lit"/)
})

test('a document of which nothing is run is refused', async () => {
  await assert.rejects(runText(`<!-- not run: no -->\n${block('echo')}`), /no block of commands is run/)
})

test('a port that the commands listen on is a free one, under the number that the document shows', async () => {
  const listen = `const s = net.createServer().listen(Number(process.argv[1].split(':')[1]), '127.0.0.1', () => process.exit())`
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const written = `127.0.0.1:${(taken.address() as AddressInfo).port}`
  try {
    await runText(block(`node -e "${listen}" ${written}\necho ${written}`, written))
  } finally {
    taken.close()
  }
})

test('the command line of a document is the real one', async () => {
  await runText(block('./cresset --version', '0.1.0'))
})

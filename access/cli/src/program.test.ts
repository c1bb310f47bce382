import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './program.ts'

async function printed(...commandLine: string[]): Promise<string> {
  let stdout = ''
  const environment = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => assert.fail(text) },
    variables: {},
    interactive: false,
    nowMs: Date.now,
  }
  assert.equal(await run(commandLine, environment), 0, commandLine.join(' '))
  return stdout
}

test('each command that --help lists is found when it alone is loaded', async () => {
  const help = await printed('--help')
  const commands = help.split('Commands:\n')[1]?.split('\n\n')[0] ?? ''
  const listed = [...commands.matchAll(/^ {2}([a-z]+) .*/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')
  assert.ok(listed.length > 10, help)
  for (const name of listed) {
    const own = await printed(name, '--help')
    assert.ok(own.startsWith(`Usage: cresset ${name} `), own)
    assert.equal(await printed('help', name), own)
  }
})

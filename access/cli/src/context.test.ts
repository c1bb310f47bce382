import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates } from 'node:tls'
import { encodePem } from '@cresset/core-certificates'
import { initConsortium } from '@cresset/node'
import { Context, type Environment } from './context.ts'

const silent = { write: () => true }
const environment: Environment = { stdout: silent, stderr: silent, variables: {}, interactive: false, nowMs: Date.now }

test("the consortium's root is trusted for nodes that are reached by https, beside the roots of the machine", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-context-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const dir = join(folder, 'made')
  const made = await initConsortium({ dir, name: 'test', zones: ['acme'], validators: 1, nowMs: Date.now() })
  const pem = encodePem('CERTIFICATE', made.genesis.rootCertificate)
  const clientOf = (node: string) => new Context({ genesis: made.paths.genesis, node: [node] }, environment).client()
  const before = getCACertificates('default')

  await clientOf('http://127.0.0.1:8400')
  assert.deepEqual(getCACertificates('default'), before)
  await clientOf('https://node1.ns.acme:8400')
  const trusted = getCACertificates('default')
  assert.ok(trusted.some((each) => each.trim() === pem.trim()))
  assert.ok(before.every((each) => trusted.includes(each)))
})

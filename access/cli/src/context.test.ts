import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates } from 'node:tls'
import { initConsortium } from '@cresset/node'
import { Context, type Environment } from './context.ts'

const trustedRoots = () => new Set(getCACertificates('default').map((pem) => new X509Certificate(pem).fingerprint256))
const silent = { write: () => true }
const environment: Environment = { stdout: silent, stderr: silent, variables: {}, interactive: false, nowMs: Date.now }

test("the consortium's root is trusted for nodes that are reached by https, beside the roots of the machine", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-context-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const dir = join(folder, 'made')
  const made = await initConsortium({ dir, name: 'test', zones: ['acme'], validators: 1, nowMs: Date.now() })
  const root = new X509Certificate(made.genesis.rootCertificate).fingerprint256
  const clientOf = (node: string) => new Context({ genesis: made.paths.genesis, node: [node] }, environment).client()
  const before = trustedRoots()

  await clientOf('http://127.0.0.1:8400')
  assert.deepEqual(trustedRoots(), before)
  await clientOf('https://node1.ns.acme:8400')
  assert.deepEqual(trustedRoots(), before.add(root))
})

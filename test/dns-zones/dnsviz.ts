import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ran, runToEnd } from './run-to-end.ts'

/** Of an assessment by dnsviz: what it finds wrong or doubtful, and each status, with where it stands. */
export interface Findings {
  readonly faults: string[]
  readonly statuses: Map<string, string>
}

export interface Assessment {
  /** Where it may write. */
  readonly folder: string
  readonly names: readonly string[]
  /** Name and port of a server of each zone; `+` behind the zone's name: it is the uppermost. */
  readonly servers: Readonly<Record<string, readonly [name: string, port: number]>>
  /** A zone whose keys of now are believed, and where it is served. With one, 0.9.4 ends with a KeyError on a zone that is not signed. */
  readonly anchor?: readonly [zone: string, port: number] | undefined
}

/**
 * Debian's dnsviz 0.9.4 asks pygraphviz for a module that 1.7 no longer has, and does so only with trust anchors; Python reads this
 * file when it starts.
 */
const SITE_CUSTOMIZE = `try:
    import pygraphviz, types
    if not hasattr(pygraphviz, 'release'):
        pygraphviz.release = types.SimpleNamespace(version=pygraphviz.__version__)
except ImportError:
    pass
`

export async function assess({ folder, names, servers, anchor }: Assessment): Promise<Findings> {
  const run = (program: string, given: readonly string[], env = {}): Promise<Ran> =>
    runToEnd(program, given, { cwd: folder, env })
  const given = Object.entries(servers).flatMap(([zone, [name, port]]) => ['-x', `${zone}:${name}=[127.0.0.1]:${port}`])
  const [top = ''] = Object.keys(servers)
  // Not MX: 0.9.4 ends with a KeyError on the denials of its target.
  const asked = [
    '-A',
    '-4',
    '-d',
    '0',
    '-a',
    top.replace('+', ''),
    '-R',
    'SOA,A,AAAA,NS,TXT,HTTPS,DNSKEY,DNAME,CDS,CDNSKEY',
  ]
  const [probed, assessed] = [join(folder, 'probed.json'), join(folder, 'assessed.json')]
  const probe = await run('dnsviz', ['probe', ...asked, ...given, '-o', probed, ...names])
  assert.equal(probe.status, 0, probe.output)
  await writeFile(join(folder, 'sitecustomize.py'), SITE_CUSTOMIZE)
  const trusted: string[] = []
  if (anchor !== undefined) {
    const [zone, port] = anchor
    const keys = await run('dig', ['@127.0.0.1', '-p', String(port), '+noall', '+answer', zone, 'DNSKEY'])
    trusted.push('-t', join(folder, 'dnsviz.keys'))
    await writeFile(join(folder, 'dnsviz.keys'), keys.output)
  }
  const grok = await run('dnsviz', ['grok', '-r', probed, '-o', assessed, ...trusted], { PYTHONPATH: folder })
  assert.equal(grok.status, 0, grok.output)
  return findings(JSON.parse(await readFile(assessed, 'utf8')))
}

function findings(node: unknown, path = ''): Findings {
  const faults: string[] = []
  const statuses = new Map<string, string>()
  if (typeof node !== 'object' || node === null) return { faults, statuses }
  for (const [key, value] of Object.entries(node)) {
    if (key === 'errors' || key === 'warnings') faults.push(`${path}: ${key}: ${JSON.stringify(value)}`)
    else if (key === 'status') statuses.set(path, String(value))
    const below = findings(value, `${path}/${key}`)
    faults.push(...below.faults)
    for (const [at, status] of below.statuses) statuses.set(at, status)
  }
  return { faults, statuses }
}

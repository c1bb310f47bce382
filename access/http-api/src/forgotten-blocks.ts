import type { NodeBackend } from './backend.ts'
import { notFound, Problem } from './problems.ts'

type Blocks = Pick<NodeBackend, 'oldestHeight'>

const keptFrom = (oldest: number): string =>
  `this node keeps blocks from height ${oldest} on; ask a node that keeps older ones`

/** The answer where there is no block of a height: 410 below the oldest one that the node keeps, else 404. */
export function noBlock(backend: Blocks, height: number): Problem {
  const oldest = backend.oldestHeight()
  if (oldest === undefined || height < 1 || height >= oldest) return notFound(`no block of height ${height}`)
  return new Problem(410, 'height-not-kept', `block ${height} is no longer kept here: ${keptFrom(oldest)}`)
}

/** The answer where something that older blocks may have held was not found. */
export function notFoundHere(backend: Blocks, what: string): Problem {
  const oldest = backend.oldestHeight()
  return notFound(oldest === undefined || oldest <= 1 ? what : `${what}, or it is forgotten: ${keptFrom(oldest)}`)
}

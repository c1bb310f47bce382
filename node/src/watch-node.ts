import type { NodeStatus } from '@cresset/access-http-api'

/** How often a node is looked at. */
const LOOK_MS = 500
/** A step that takes long is told again after this time; one that will stay so after that. */
const BUSY_MS = 5_000
const STEADY_MS = 60_000
/** A problem that goes away by itself before this is none: links come one after the other. */
const LASTING_MS = 2_000

/**
 * Tells what a node does and what is wrong with it, each line when it comes up, and numbers that go on now and then. Returns
 * what ends it.
 */
export function watchNode(
  node: { status(): NodeStatus },
  tell: (line: string, kind: 'progress' | 'problem') => void,
): () => void {
  let told = ''
  let toldAtMs = Number.NEGATIVE_INFINITY
  /** Problems as they are, since when, by their shape; told once that is long ago. */
  let known: ReadonlyMap<string, number> = new Map()
  const look = (): void => {
    const status = node.status()
    const { progress } = status
    const shape = shapeOf(progress)
    const nowMs = performance.now()
    const isDue = nowMs - toldAtMs >= (status.ready ? STEADY_MS : BUSY_MS)
    if (shape !== shapeOf(told) || (progress !== told && isDue)) {
      told = progress
      toldAtMs = nowMs
      tell(progress, 'progress')
    }
    const now = new Map<string, number>()
    for (const problem of status.problems) {
      const since = known.get(shapeOf(problem)) ?? nowMs
      const isTold = since === Number.NEGATIVE_INFINITY
      const isLasting = !isTold && nowMs - since >= LASTING_MS
      if (isLasting && problem !== progress) tell(problem, 'problem')
      now.set(shapeOf(problem), isLasting ? Number.NEGATIVE_INFINITY : since)
    }
    known = now
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  return () => clearInterval(timer)
}

const shapeOf = (line: string): string => line.replaceAll(/\d+/g, '0')

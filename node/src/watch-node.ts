import type { NodeStatus } from '@cresset/access-http-api'

/** How often a node is looked at. */
const LOOK_MS = 500
/** A step that takes long is told again after this time; one that will stay so after that. */
const BUSY_MS = 5_000
const STEADY_MS = 60_000

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
  let problems: readonly string[] = []
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
    const known = new Set(problems.map(shapeOf))
    for (const problem of status.problems)
      if (!known.has(shapeOf(problem)) && problem !== progress) tell(problem, 'problem')
    problems = status.problems
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  return () => clearInterval(timer)
}

const shapeOf = (line: string): string => line.replaceAll(/\d+/g, '0')

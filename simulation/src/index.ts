export { type Behaviour, behaviours } from './byzantine.ts'
export { type Invariant, InvariantBroken } from './invariants.ts'
export { type RunOptions, type RunResult, runSeed } from './run.ts'

export { MemoryState } from './memory-state.ts'
export * from './scenario.ts'

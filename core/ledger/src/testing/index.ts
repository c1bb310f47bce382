export { MemoryState } from './memory-state.ts'
export * from './registrations.ts'
export * from './scenario.ts'

export * from './application.ts'
export * from './engine.ts'
export * from './environment.ts'

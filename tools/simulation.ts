import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './process/capture.ts'

const program = 'simulation/src/main.ts'

export function simulationExists(): boolean {
  return existsSync(join(repositoryRoot, program))
}

/** Runs the simulator (`npm run sim`) with its output going to ours; gives its status. */
export function runSimulation(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=cresset-source', program, ...args], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const stop = (): boolean => child.kill('SIGKILL')
    process.once('exit', stop)
    child.on('error', reject)
    child.on('exit', (status) => {
      process.removeListener('exit', stop)
      resolve(status ?? 1)
    })
  })
}

import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Arguments as `parseArgs` takes them, with `--name -3` meaning the value −3: which numbers are right, the command says. */
export function withNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const word of args) {
    const before = joined.at(-1)
    const isValue = /^-\d/.test(word) && before !== undefined && /^--[a-z-]+$/.test(before)
    if (isValue) joined[joined.length - 1] = `${before}=${word}`
    else joined.push(word)
  }
  return joined
}

/** What is wrong, in one line: `parseArgs` goes on about how to write other things. */
export function oneLine(error: unknown): string {
  return String((error as Error).message)
    .split(/\n|\. To specify/)[0]
    ?.replace(/\.$/, '') as string
}

/** One line on standard error, and the end with status 2. */
export function refuse(problem: string, what: string): never {
  console.error(`${problem}; ${what}`)
  process.exit(2)
}

/** Reads the command line; what is not declared ends the process with status 2 and one line, which says what to give. */
export function readCommandLine<T extends ParseArgsConfig>(config: T, usage: string): ReturnType<typeof parseArgs<T>> {
  try {
    const withArguments: T = { ...config, args: withNegativeValues(process.argv.slice(2)) }
    return parseArgs(withArguments)
  } catch (error) {
    return refuse(oneLine(error), usage)
  }
}

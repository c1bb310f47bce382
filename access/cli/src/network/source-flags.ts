/** What a child needs to run from source as this process does; nothing when the code is built. */
export const sourceFlags: readonly string[] = process.execArgv.filter((flag) => flag.startsWith('--conditions'))

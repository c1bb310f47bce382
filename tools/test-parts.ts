import { isPackageSource, listFiles } from './source/files.ts'

/** Tests that end processes or cut writes at random points, told by their names: the slowest, and the campaign repeats them. */
export function isKillTest(file: string): boolean {
  return /(kill|crash|power-loss)[a-z-]*\.test\.ts$/.test(file) && !file.startsWith('tools/')
}

export function killTestFiles(root: string): string[] {
  return listFiles(root).filter(isKillTest)
}

/** Tests that stand beside the code they test, and those of the repository's own tools; the slowest first. */
export function unitTestFiles(root: string): string[] {
  const files = listFiles(root).filter(
    (file) => file.endsWith('.test.ts') && (isPackageSource(file) || /^(tools|bench)\//.test(file)),
  )
  // A slow file that starts last keeps one processor idle at the end.
  return [...files.filter(isKillTest), ...files.filter((file) => !isKillTest(file))]
}

/** Tests on real clusters that take long: minutes must pass, or a guide is followed whose commands have tests of their own. */
export function isLongTest(file: string): boolean {
  return file.startsWith('test/cluster/long/') && file.endsWith('.test.ts')
}

/** Tests across packages; those under test/cluster start several nodes and run one at a time. Those that wait long are the campaign's. */
export function crossPackageTestFiles(root: string): { cluster: string[]; other: string[] } {
  const files = listFiles(root).filter(
    (file) => file.endsWith('.test.ts') && file.startsWith('test/') && !isLongTest(file),
  )
  const isCluster = (file: string): boolean => file.startsWith('test/cluster/')
  return { cluster: files.filter(isCluster), other: files.filter((file) => !isCluster(file)) }
}

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

/** Tests that take long: minutes must pass, or a guide is followed whose commands have tests of their own. */
export function isLongTest(file: string): boolean {
  return /^test\/(cluster|dns-zones)\/long\//.test(file) && file.endsWith('.test.ts')
}

/** Tests on real clusters that measure times: beside another test on two cores they would tell of that one. */
function isTimedTest(file: string): boolean {
  return /\/(economics|hostile-packets|sick-node|torture)\.test\.ts$/.test(file)
}

/** Documents are followed command by command and keep hardly more than one core busy: with the others beside them, none is left at the end. */
function isDocumentTest(file: string): boolean {
  return /\/(guide|readme|tour)\.test\.ts$/.test(file)
}

/** Tests across packages; those under test/cluster start several nodes, on ports and in folders of their own. Those that wait long are the campaign's. */
export function crossPackageTestFiles(root: string): { cluster: string[]; timedCluster: string[]; other: string[] } {
  const files = listFiles(root).filter(
    (file) => file.endsWith('.test.ts') && file.startsWith('test/') && !isLongTest(file),
  )
  const clusters = files.filter((file) => file.startsWith('test/cluster/'))
  const besideOthers = clusters.filter((file) => !isTimedTest(file))
  return {
    cluster: [...besideOthers.filter(isDocumentTest), ...besideOthers.filter((file) => !isDocumentTest(file))],
    timedCluster: clusters.filter(isTimedTest),
    other: files.filter((file) => !file.startsWith('test/cluster/')),
  }
}

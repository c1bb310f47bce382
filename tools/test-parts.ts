import { isPackageSource, listFiles } from './source/files.ts'

/** Tests that stand beside the code they test, and those of the repository's own tools. */
export function unitTestFiles(root: string): string[] {
  return listFiles(root).filter(
    (file) => file.endsWith('.test.ts') && (isPackageSource(file) || /^(tools|bench)\//.test(file)),
  )
}

/** Tests across packages; those under test/cluster start several nodes and run one at a time. */
export function crossPackageTestFiles(root: string): { cluster: string[]; other: string[] } {
  const files = listFiles(root).filter((file) => file.endsWith('.test.ts') && file.startsWith('test/'))
  const isCluster = (file: string): boolean => file.startsWith('test/cluster/')
  return { cluster: files.filter(isCluster), other: files.filter((file) => !isCluster(file)) }
}

import { packageScope } from '../layers.ts'
import { isPackageSource, isTestSource, listFiles, readText } from '../source/files.ts'
import { findImports } from '../source/imports.ts'
import { packageNameOf, readManifest, readWorkspaces } from '../source/packages.ts'
import type { Check, Violation } from './check.ts'

/** A package declares exactly what its published source imports, at exact versions. */
export const dependencyCheck: Check = {
  name: 'dependencies',
  description: 'package.json lists exactly what is imported, at exact versions',
  run(root) {
    const files = listFiles(root).filter((file) => isPackageSource(file) && !isTestSource(file))
    const violations: Violation[] = []
    for (const { folder, manifest } of readWorkspaces(root)) {
      const sources = files.filter((file) => file.startsWith(`${folder}/src/`))
      const manifestFile = `${folder}/package.json`
      const declared = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
      const imported = new Set<string>()
      for (const file of sources) {
        for (const { specifier, line } of findImports(readText(root, file))) {
          if (/^(\.|#|node:)/.test(specifier)) continue
          const name = packageNameOf(specifier)
          if (name === manifest.name) continue
          if (!(name in declared) && !imported.has(name)) {
            violations.push({
              file,
              line,
              message: `${name} is imported but not a dependency of ${folder}`,
              remedy: remedyFor(name, folder),
            })
          }
          imported.add(name)
        }
      }
      // An empty package has nothing to compare with yet.
      if (sources.length === 0) continue
      for (const name of Object.keys(declared).filter((candidate) => !imported.has(candidate))) {
        violations.push({ file: manifestFile, message: `${name} is never imported`, remedy: 'remove the dependency' })
      }
      violations.push(...inexact(manifestFile, declared))
    }
    const rootManifest = readManifest(root, '')
    violations.push(...inexact('package.json', { ...rootManifest.dependencies, ...rootManifest.devDependencies }))
    return violations
  },
}

function remedyFor(name: string, folder: string): string {
  return name.startsWith(packageScope)
    ? `add it to ${folder}/package.json and run npm install`
    : `npm install ${name}@<exact version> -w ${folder}`
}

function inexact(file: string, declared: Record<string, string>): Violation[] {
  return Object.entries(declared)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => ({
      file,
      message: `${name} is declared as ${version}`,
      remedy: 'name one exact version',
    }))
}

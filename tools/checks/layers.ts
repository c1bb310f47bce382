import { type Layer, layers, packageNameOfFolder, packageScope } from '../layers.ts'
import { isPackageSource, isPlatformSource, isTestSource, listFiles, readText } from '../source/files.ts'
import { findImports, type Import } from '../source/imports.ts'
import { packageNameOf } from '../source/packages.ts'
import type { Check, Violation } from './check.ts'

/** Every import in non-test source must be allowed by the table in tools/layers.ts, type imports included. */
export const layerCheck: Check = {
  name: 'layers',
  description: 'imports between packages follow tools/layers.ts',
  run(root) {
    const violations: Violation[] = []
    for (const file of listFiles(root)) {
      if (!isPackageSource(file) || isTestSource(file)) continue
      const layer = layers.find((candidate) => file.startsWith(`${candidate.folder}/src/`))
      if (layer === undefined) {
        violations.push({
          file,
          message: 'its package has no row in tools/layers.ts',
          remedy: 'add one with its imports',
        })
        continue
      }
      for (const item of findImports(readText(root, file))) {
        const problem = judge(file, layer, item)
        if (problem !== undefined) violations.push({ file, line: item.line, ...problem })
      }
    }
    return violations
  },
}

type Problem = { message: string; remedy: string }

function judge(file: string, layer: Layer, item: Import): Problem | undefined {
  const { specifier } = item
  if (specifier.startsWith('.')) return judgeRelative(file, layer, specifier)
  if (specifier.startsWith('#')) return undefined
  if (specifier.startsWith('node:')) {
    if (layer.nodeModules === 'all') return undefined
    if (layer.nodeModules === 'platform' && isPlatformSource(file)) return undefined
    return {
      message: `${layer.folder} imports ${specifier}, but must run without Node`,
      remedy:
        layer.nodeModules === 'platform'
          ? 'put it behind the #platform import (src/platform/) with a browser variant'
          : 'take what it gives as an argument',
    }
  }
  if (specifier.startsWith(packageScope)) return judgeWorkspace(layer, item)
  const reason = layer.forbidden?.[packageNameOf(specifier)]
  if (reason !== undefined) {
    return { message: `${layer.folder} must not use ${packageNameOf(specifier)}: ${reason}`, remedy: 'do without it' }
  }
  return undefined
}

function judgeRelative(file: string, layer: Layer, specifier: string): Problem | undefined {
  const target = new URL(specifier, `file:///${file}`).pathname.slice(1)
  if (!target.startsWith(`${layer.folder}/`)) {
    return { message: `relative import leaves ${layer.folder}`, remedy: 'import the other package by its name' }
  }
  if (isTestSource(target)) {
    return { message: `published source imports test source ${target}`, remedy: 'move what both need out of it' }
  }
  return undefined
}

function judgeWorkspace(layer: Layer, item: Import): Problem | undefined {
  const name = packageNameOf(item.specifier)
  const target = layers.find((candidate) => packageNameOfFolder(candidate.folder) === name)
  if (target === undefined) return { message: `${name} has no row in tools/layers.ts`, remedy: 'add one' }
  if (target.folder === layer.folder) {
    return { message: `${layer.folder} imports itself by name`, remedy: 'use a relative import' }
  }
  const exported = target.folder + item.specifier.slice(name.length)
  const rule = layer.imports.find((allowed) => allows(allowed, target.folder, exported))
  if (rule === undefined) {
    const list = layer.imports.length === 0 ? 'nothing' : layer.imports.join(', ')
    return { message: `${layer.folder} may not import ${exported}`, remedy: `it may import ${list} (tools/layers.ts)` }
  }
  if (rule.endsWith(':types') && item.kind !== 'type') {
    return { message: `${layer.folder} may import only types from ${exported}`, remedy: 'write `import type`' }
  }
  return undefined
}

function allows(rule: string, folder: string, exported: string): boolean {
  const path = rule.replace(/:types$/, '')
  if (path === '*') return true
  if (path.endsWith('/*')) return folder.startsWith(path.slice(0, -1))
  return path === folder || exported === path || exported.startsWith(`${path}/`)
}

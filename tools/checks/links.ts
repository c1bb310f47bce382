import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { listFiles, readText } from '../source/files.ts'
import type { Check, Violation } from './check.ts'

/**
 * Links inside the repository lead to a file, and to a heading of it. Those to the internet are left alone. An index, the README of a
 * folder below docs, names every page beside it.
 */
export const linkCheck: Check = {
  name: 'tidy/links',
  description: 'links between the documents of the repository lead somewhere',
  run(root) {
    const files = listFiles(root)
    const documents = files.filter((file) => file.endsWith('.md'))
    const anchors = new Map(documents.map((file) => [file, anchorsOf(readText(root, file))]))
    const broken = documents.flatMap((file) =>
      linksOf(readText(root, file)).flatMap(({ line, target }): Violation[] => {
        const [path = '', anchor] = target.split('#')
        const found = path === '' ? file : normalize(join(dirname(file), path)).replace(/\/$/, '')
        if (!existsSync(join(root, found)))
          return [{ file, line, message: `nothing is at ${target}`, remedy: 'correct the link' }]
        if (anchor === undefined || anchors.get(found)?.has(anchor)) return []
        return [{ file, line, message: `${found} has no heading #${anchor}`, remedy: 'correct the link' }]
      }),
    )
    const unlisted = documents
      .filter((file) => /^docs\/.*README\.md$/.test(file))
      .flatMap((index) => {
        const listed = new Set(linksOf(readText(root, index)).map(({ target }) => join(dirname(index), target)))
        return documents
          .filter((page) => dirname(page) === dirname(index) && page !== index && !listed.has(page))
          .map((page): Violation => ({ file: index, message: `does not name ${page}`, remedy: 'link it' }))
      })
    return [...broken, ...unlisted]
  },
}

/** Lines outside fenced blocks, with their numbers. */
function proseOf(markdown: string): { line: number; text: string }[] {
  let isFenced = false
  return markdown.split('\n').flatMap((text, index) => {
    const isFence = /^\s*```/.test(text)
    if (isFence) isFenced = !isFenced
    return isFence || isFenced ? [] : [{ line: index + 1, text }]
  })
}

function linksOf(markdown: string): { line: number; target: string }[] {
  return proseOf(markdown).flatMap(({ line, text }) =>
    [...text.replace(/`[^`]*`/g, '').matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, target = '']) =>
      /^[a-z]+:/.test(target) ? [] : [{ line, target }],
    ),
  )
}

/** Anchors as GitHub and others make them: lower case, spaces to hyphens, other signs left out. */
function anchorsOf(markdown: string): Set<string> {
  return new Set(
    proseOf(markdown).flatMap(({ text }) => {
      const heading = /^#{1,6} (.+)$/.exec(text)?.[1]
      if (heading === undefined) return []
      return [
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ]
    }),
  )
}

/** A block of commands in a Markdown document, with what the document says about it. */
export interface CommandBlock {
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly commands: string
  /** The ```text block that follows at once: what the commands print on stdout. */
  readonly shown: string | undefined
  /** Reason given in `<!-- not run: … -->` before the fence. */
  readonly notRun: string | undefined
}

export interface Fence {
  readonly line: number
  readonly language: string
  readonly text: string
  /** An HTML comment alone on the line before, without its marks. */
  readonly comment: string | undefined
}

/** All fenced blocks of a document, in order. */
export function fencesOf(markdown: string): Fence[] {
  const lines = markdown.split('\n')
  const fences: Fence[] = []
  for (let index = 0; index < lines.length; index++) {
    const language = /^```([a-z]*)$/.exec(lines[index] ?? '')?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', index + 1)
    if (end < 0) throw new Error(`line ${index + 1}: the block does not end`)
    const comment = /^<!-- (.*) -->$/.exec(lines[index - 1] ?? '')?.[1]
    fences.push({ line: index + 1, language, text: `${lines.slice(index + 1, end).join('\n')}\n`, comment })
    index = end
  }
  return fences
}

/** The `sh` blocks. A `text` block counts as their output when nothing but an empty line stands between. */
export function commandBlocksOf(markdown: string): CommandBlock[] {
  const fences = fencesOf(markdown)
  const lines = markdown.split('\n')
  return fences.flatMap((fence, index) => {
    if (fence.language !== 'sh') return []
    const next = fences[index + 1]
    const end = fence.line + fence.text.split('\n').length
    const follows = next?.language === 'text' && lines.slice(end, next.line - 1).every((line) => line === '')
    return [
      {
        line: fence.line,
        commands: fence.text,
        shown: follows ? next.text : undefined,
        notRun: /^not run: (.+)$/.exec(fence.comment ?? '')?.[1],
      },
    ]
  })
}

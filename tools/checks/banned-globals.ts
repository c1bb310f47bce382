import { layers } from '../layers.ts'
import { isPackageSource, isPlatformSource, isTestSource, listFiles, readText } from '../source/files.ts'
import { type Token, tokenize } from '../source/tokens.ts'
import type { Check, Violation } from './check.ts'

const clock = 'take the time as an argument'
const randomness = 'take random bytes as an argument'
const effects = 'return it as an effect, or take what it gives as an argument'
const browser = 'use Uint8Array and what every browser has'
const text = 'text rules change with the library: write the ASCII or table rule out'
const exact = 'replicas must agree to the bit: use integers'

/** Global names that pure packages may not mention, and what to do instead. */
const bannedGlobals: Readonly<Record<string, string>> = {
  Date: clock,
  performance: clock,
  Temporal: clock,
  crypto: randomness,
  setTimeout: effects,
  setInterval: effects,
  setImmediate: effects,
  queueMicrotask: effects,
  requestAnimationFrame: effects,
  fetch: effects,
  XMLHttpRequest: effects,
  WebSocket: effects,
  console: effects,
  process: browser,
  Buffer: browser,
  globalThis: 'name what you need as an argument',
  Intl: text,
  parseFloat: exact,
  Float32Array: exact,
  Float64Array: exact,
  WeakRef: 'garbage collection is not deterministic',
  FinalizationRegistry: 'garbage collection is not deterministic',
}

const bannedMembers: Readonly<Record<string, string>> = {
  getRandomValues: randomness,
  normalize: text,
  localeCompare: text,
  toLowerCase: text,
  toUpperCase: text,
  toLocaleLowerCase: text,
  toLocaleUpperCase: text,
  toLocaleString: text,
  toFixed: exact,
  toPrecision: exact,
  toExponential: exact,
  parseFloat: exact,
  EPSILON: exact,
}

/** Members of Math that give an exact integer for integers. */
const integerMath = new Set(['abs', 'ceil', 'clz32', 'floor', 'imul', 'max', 'min', 'sign', 'trunc'])

/** Files behind `#platform` are written for one platform; they may use its byte type and nothing more. */
const allowedOnPlatform = new Set(['Buffer'])

export const bannedGlobalsCheck: Check = {
  name: 'tidy/globals',
  description: 'no clock, randomness, I/O, locale or floats in pure packages',
  run(root) {
    const pure = layers.filter((layer) => layer.pure === true)
    const violations: Violation[] = []
    for (const file of listFiles(root)) {
      if (!isPackageSource(file) || isTestSource(file)) continue
      if (!pure.some((layer) => file.startsWith(`${layer.folder}/src/`))) continue
      const tokens = tokenize(readText(root, file))
      for (let at = 0; at < tokens.length; at++) {
        const found = judge(tokens, at, isPlatformSource(file))
        if (found !== undefined) violations.push({ file, line: (tokens[at] as Token).line, ...found })
      }
    }
    return violations
  },
}

function judge(
  tokens: readonly Token[],
  at: number,
  onPlatform: boolean,
): { message: string; remedy: string } | undefined {
  const token = tokens[at] as Token
  const before = tokens[at - 1]?.text
  const isMember = before === '.' || before === '?.'
  if (token.kind === 'number' && isFloat(token.text)) {
    return { message: `floating point literal ${token.text}`, remedy: exact }
  }
  // `value["toLowerCase"]()` is the same call in other clothes.
  if (
    token.kind === 'string' &&
    before === '[' &&
    tokens[at + 1]?.text === ']' &&
    Object.hasOwn(bannedMembers, token.text)
  ) {
    return { message: `['${token.text}'] is banned in a pure package`, remedy: bannedMembers[token.text] as string }
  }
  if (token.kind !== 'name') return undefined
  if (isMember) {
    if (tokens[at - 2]?.text === 'Math' && !integerMath.has(token.text)) {
      return {
        message: `Math.${token.text} is banned in a pure package`,
        remedy: token.text === 'random' ? randomness : exact,
      }
    }
    if (Object.hasOwn(bannedMembers, token.text)) {
      return { message: `.${token.text} is banned in a pure package`, remedy: bannedMembers[token.text] as string }
    }
    return undefined
  }
  if (!Object.hasOwn(bannedGlobals, token.text) || isPropertyName(tokens, at)) return undefined
  if (onPlatform && allowedOnPlatform.has(token.text)) return undefined
  return { message: `${token.text} is banned in a pure package`, remedy: bannedGlobals[token.text] as string }
}

function isFloat(literal: string): boolean {
  if (/^0[xob]/i.test(literal) || literal.endsWith('n')) return false
  return literal.includes('.') || !Number.isInteger(Number(literal.replaceAll('_', '')))
}

/** `{ process: 1 }`, `type T = { process: …}`, `process?: …`: a property of ours that only shares the name. */
function isPropertyName(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.text
  const before = tokens[at - 1]?.text
  const startsProperty = before === '{' || before === ',' || before === ';' || before === 'readonly'
  return startsProperty && (next === ':' || next === '?')
}

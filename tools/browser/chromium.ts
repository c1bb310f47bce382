import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { findOnPath } from '../system-tools.ts'

const startTimeoutMs = 30_000
const callTimeoutMs = 30_000

interface Message {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** No window, no first-run questions, and nothing asked of the internet. */
const flags = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-gpu',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--metrics-recording-only',
  '--mute-audio',
  '--password-store=basic',
]

/**
 * The system's Chromium without a window, driven by the DevTools protocol over two pipes: file descriptors 3 and 4, messages of JSON with
 * a zero byte behind each. So there is no port that others on the machine could reach.
 */
export class Chromium {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #next = 1
  #buffer = ''
  #ended: Error | undefined

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process
    this.#folder = folder
    const answers = process.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (text: string) => this.#receive(text))
    const end = (why: string) => {
      this.#ended ??= new Error(`chromium ended: ${why}`)
      for (const { reject } of this.#waiting.values()) reject(this.#ended)
      this.#waiting.clear()
    }
    process.on('error', (error) => end(error.message))
    process.on('exit', (status, signal) => end(String(signal ?? status)))
    for (const pipe of [process.stdio[3], answers]) pipe?.on('error', () => {})
  }

  static async start(): Promise<Chromium> {
    const program = findOnPath('chromium')
    if (program === undefined) throw new Error('chromium is not installed')
    const folder = await mkdtemp(join(tmpdir(), 'cresset-chromium-'))
    // Its own sandbox needs a user other than root; the pages here are ours.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const child = spawn(program, [...flags, ...sandbox, `--user-data-dir=${folder}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    const browser = new Chromium(child, folder)
    try {
      await browser.call('Browser.getVersion', {}, undefined, startTimeoutMs)
      return browser
    } catch (error) {
      await browser.close()
      throw error
    }
  }

  #receive(text: string): void {
    const parts = (this.#buffer + text).split('\0')
    this.#buffer = parts.pop() ?? ''
    for (const part of parts) {
      const { id, result, error } = JSON.parse(part) as Message
      const waiting = id === undefined ? undefined : this.#waiting.get(id)
      if (id === undefined || waiting === undefined) continue
      this.#waiting.delete(id)
      if (error) waiting.reject(new Error(error.message))
      else waiting.resolve(result)
    }
  }

  /** One command of the DevTools protocol, to the browser or to a page's session. */
  call<T = unknown>(method: string, params: object = {}, sessionId?: string, timeoutMs = callTimeoutMs): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#next++
    const answer = new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error(`chromium did not answer ${method} within ${timeoutMs} ms`))
      }, timeoutMs)
      const settle =
        <V>(then: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer)
          then(value)
        }
      this.#waiting.set(id, { resolve: settle(resolve as (value: unknown) => void), reject: settle(reject) })
    })
    const pipe = this.#process.stdio[3] as Writable
    pipe.write(`${JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })}\0`)
    return answer
  }

  /** A new page; `script` runs in it before any of its own. */
  async open(url: string, script?: string): Promise<Page> {
    const { browserContextId } = await this.call<{ browserContextId: string }>('Target.createBrowserContext')
    const { targetId } = await this.call<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
    })
    const { sessionId } = await this.call<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page(this, sessionId, targetId)
    await this.call('Page.enable', {}, sessionId)
    if (script) await this.call('Page.addScriptToEvaluateOnNewDocument', { source: script }, sessionId)
    const { errorText } = await this.call<{ errorText?: string }>('Page.navigate', { url }, sessionId)
    if (errorText) throw new Error(`${url}: ${errorText}`)
    return page
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill('SIGKILL')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

export class Page {
  readonly #browser: Chromium
  readonly #session: string
  readonly #target: string

  constructor(browser: Chromium, session: string, target: string) {
    this.#browser = browser
    this.#session = session
    this.#target = target
  }

  /** The value of an expression in the page; waits for a promise. It must have a form in JSON. */
  async evaluate<T>(expression: string, timeoutMs = callTimeoutMs): Promise<T> {
    const { result, exceptionDetails } = await this.#browser.call<{
      result: { value?: T }
      exceptionDetails?: { text: string; exception?: { description?: string } }
    }>(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true, userGesture: true },
      this.#session,
      timeoutMs,
    )
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as T
  }

  /** Asks again until the expression is true. */
  async until(expression: string, timeoutMs = 10_000): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`))) {
      if (Date.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms in the page: ${expression}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** A picture of the page, PNG. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.#browser.call<{ data: string }>('Page.captureScreenshot', {}, this.#session)
    return Buffer.from(data, 'base64')
  }

  async close(): Promise<void> {
    await this.#browser.call('Target.closeTarget', { targetId: this.#target })
  }
}

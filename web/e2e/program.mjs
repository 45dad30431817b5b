// Starts the real program: on an empty folder with one administrator, or as the demo.
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const administrator = {
  name: 'Ann Archer',
  email: 'ann@example.com',
  password: 'violet tractor nine lamps',
}

function freePort() {
  return new Promise((found) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => found(port))
    })
  })
}

/** Who can sign in to the demo. */
export const visitor = { email: 'demo@example.com', password: 'let me look around' }

const logFile = (name) => fileURLToPath(new URL(`../test-results/${name}.log`, import.meta.url))

async function answers(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`${url}/healthz`).catch(() => null)
    if (answer?.ok) return
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error('the program does not answer')
}

async function start(binary, command) {
  const data = await mkdtemp(join(tmpdir(), 'rapport-e2e-'))
  const listen = `127.0.0.1:${await freePort()}`
  // What the program says stays with the pictures.
  const log = openSync(logFile(command), 'w')
  const program = spawn(binary, ['--data', data, '--listen', listen, command], {
    stdio: ['ignore', log, log],
  })
  const url = `http://${listen}`
  const stop = async () => {
    const ended = new Promise((done) => program.once('exit', done))
    program.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  const ready = async (prepare) => {
    try {
      await answers(url)
      await prepare?.(url)
      return { url, stop }
    } catch (error) {
      await stop()
      throw error
    }
  }
  return ready
}

/** The address of a fresh program, and how to stop it. */
export async function startProgram(binary) {
  const ready = await start(binary, 'serve')
  return ready(async (url) => {
    const made = await fetch(`${url}/api/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify(administrator),
    })
    if (!made.ok) throw new Error(`setting up answered ${made.status}: ${await made.text()}`)
  })
}

/** The same of the demo, once its order history is there. */
export async function startDemo(binary) {
  const ready = await start(binary, 'demo')
  return ready(async () => {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const log = await readFile(logFile('demo'), 'utf8')
      if (/"done":(\d+),"total":\1\D/.test(log)) return
      await new Promise((later) => setTimeout(later, 200))
    }
    throw new Error('the demo has no order history after two minutes')
  })
}

/** Calls of the program with the session of the browser. */
export async function caller(page, url) {
  const { request } = page.context()
  const session = await (await request.get(`${url}/api/session`)).json()
  const headers = { origin: url, 'X-CSRF-Token': session.csrf_token }
  return async (method, path, data, more = {}) => {
    const answer = await request.fetch(url + path, {
      method,
      data,
      headers: { ...headers, ...more },
    })
    if (!answer.ok())
      throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
    return answer.json().catch(() => null)
  }
}

/** What a question finds; the program may need a moment to learn of it. */
export async function untilFound(what, ask) {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const found = await ask()
    if (found) return found
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error(`${what}: not there after a minute`)
}

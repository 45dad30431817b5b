// Starts the real program on an empty folder, with one administrator and one source's events.
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
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

async function answers(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`${url}/healthz`).catch(() => null)
    if (answer?.ok) return
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error('the program does not answer')
}

/** The address of a fresh program, and how to stop it. */
export async function startProgram(binary) {
  const data = await mkdtemp(join(tmpdir(), 'rapport-e2e-'))
  const listen = `127.0.0.1:${await freePort()}`
  // What the program says stays with the pictures.
  const log = openSync(fileURLToPath(new URL('../test-results/program.log', import.meta.url)), 'w')
  const program = spawn(binary, ['--data', data, '--listen', listen, 'serve'], {
    stdio: ['ignore', log, log],
  })
  const url = `http://${listen}`
  const stop = async () => {
    const ended = new Promise((done) => program.once('exit', done))
    program.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  try {
    await answers(url)
    const made = await fetch(`${url}/api/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify(administrator),
    })
    if (!made.ok) throw new Error(`setting up answered ${made.status}: ${await made.text()}`)
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

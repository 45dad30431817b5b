// The first page must stay light: everything index.html asks for, and one language.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const limits = { first: 210, lazy: 260 }

const kilobytes = async (file) => gzipSync(await readFile(dist + file)).length / 1000

const page = await readFile(`${dist}index.html`, 'utf8')
const asked = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1])
const assets = (await readdir(`${dist}assets`)).map((file) => `assets/${file}`)
const language = assets.filter((file) => /\/en-[^/]+\.js$/.test(file))
let first = 0
for (const file of [...asked, ...language]) first += await kilobytes(file)
console.log(`first page: ${first.toFixed(0)} kB gzip of ${limits.first}`)
let tooBig = first > limits.first
for (const file of assets.filter((one) => !asked.includes(one))) {
  const size = await kilobytes(file)
  if (size <= limits.lazy) continue
  console.log(`${file}: ${size.toFixed(0)} kB gzip of ${limits.lazy}`)
  tooBig = true
}
process.exitCode = tooBig ? 1 : 0

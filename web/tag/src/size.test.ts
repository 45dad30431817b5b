// @vitest-environment node
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

test('the built tag stays under 4 kB', async () => {
  const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url))
  const built = await build({ configFile, logLevel: 'silent', build: { write: false } })
  const [file] = Array.isArray(built) ? built : [built]
  if (!file || !('output' in file)) throw new Error('vite built nothing')
  expect(gzipSync(file.output[0].code).length).toBeLessThan(4096)
})

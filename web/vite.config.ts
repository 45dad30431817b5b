import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const server = process.env.RAPPORT_URL ?? 'http://127.0.0.1:8080'
const passedOn = ['/api', '/v1', '/openapi.json', '/tag.js']
const { resolve } = createRequire(import.meta.url)
const mantine = dirname(resolve('@mantine/core/styles.layer.css'))

/** What every page stands on; one file, because many small ones come one after another. */
const frame =
  /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|openapi-fetch|@tanstack\/(?!(react-)?virtual)[^/]+)\//

/**
 * Every Mantine component brings its own styles along, and only what is used is built: 16 kB
 * gzip instead of 36. While developing, the one big file is simpler (see src/main.tsx).
 */
function mantineStyles(): Plugin {
  return {
    name: 'mantine-styles',
    apply: 'build',
    transform(code, id) {
      const name = /@mantine\/core\/esm\/.*\/(\w+)\.module\.mjs$/.exec(id)?.[1]
      const file = join(mantine, 'styles', `${name}.layer.css`)
      if (!name || !existsSync(file)) return null
      return { code: `import ${JSON.stringify(file)}\n${code}`, map: null, moduleSideEffects: true }
    },
  }
}

export default defineConfig(({ command }) => ({
  base: '/',
  plugins: [react(), mantineStyles()],
  resolve: {
    alias: {
      '#mantine.css':
        command === 'build'
          ? fileURLToPath(new URL('src/ui/mantine.css', import.meta.url))
          : join(mantine, 'styles.layer.css'),
    },
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'frame', test: frame }] } },
      // Whoever takes one thing out of such a file does not load what else it hands on.
      treeshake: { moduleSideEffects: [{ test: /\/src\/.*\/index\.ts$/, sideEffects: false }] },
    },
  },
  server: { proxy: Object.fromEntries(passedOn.map((path) => [path, server])) },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    globals: true,
  },
}))

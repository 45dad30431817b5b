import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Builds `dist/tag.js` next to the UI's files, after them: they empty the folder. */
export default defineConfig({
  root: here('.'),
  publicDir: false,
  cacheDir: here('../node_modules/.vite-tag'),
  build: {
    outDir: here('../dist'),
    emptyOutDir: false,
    target: 'es2020',
    lib: { entry: here('src/tag.ts'), formats: ['iife'], name: 'tag', fileName: () => 'tag.js' },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], globals: true },
})

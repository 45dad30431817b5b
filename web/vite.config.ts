import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.RAPPORT_URL ?? 'http://127.0.0.1:8080'
const passedOn = ['/api', '/v1', '/openapi.json', '/tag.js']

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: { outDir: 'dist', target: 'es2022', assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(passedOn.map((path) => [path, server])) },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    globals: true,
  },
})

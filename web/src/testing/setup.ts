import { cleanup } from '@testing-library/react'
import { afterEach, beforeAll } from 'vitest'
import { moreTexts, startLanguages } from '../locales/i18n'

beforeAll(async () => {
  await startLanguages('en')
  await moreTexts()
})
afterEach(cleanup)

// happy-dom has no media queries; nothing matches.
window.matchMedia ??= (query: string) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => {},
  removeEventListener: () => {},
  addListener: () => {},
  removeListener: () => {},
  dispatchEvent: () => false,
})

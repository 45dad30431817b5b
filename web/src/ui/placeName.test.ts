import { expect, it } from 'vitest'
import { placeName } from './placeName'

const known = {
  '/name': 'Name',
  '/creatives': 'Channels and creatives',
  '/creatives/0': 'Web, English',
  '/creatives/0/title': 'Title',
  '/eligibility': 'Who may get it',
}

it.each([
  ['/name', 'Name'],
  ['/name/en', 'Name'],
  ['/creatives/0/title', 'Channels and creatives › Web, English › Title'],
  ['/creatives/1/title', 'Channels and creatives'],
  ['/eligibility/all/0/equals', 'Who may get it'],
  ['/lever', undefined],
  ['', undefined],
])('the place %s is called %s', (path, name) => {
  expect(placeName(known, path)).toBe(name)
})

import { renderHook } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { speak } from '../../locales/i18n'
import { useBodyPlace } from './bodyPlaces'

const named = (kind: string, path: string) =>
  renderHook(() => useBodyPlace()).result.current(kind, path)

afterEach(async () => {
  await speak('en')
})

it.each([
  ['offer', '/creatives/0/title', 'Creative 1 › Heading', '创意 1 › 标题'],
  ['offer', '/eligibility/all/0/equals', 'Who may get it', '谁可以得到'],
  ['offer', '/variants/1/when', 'Variants › 2 › For whom; empty means everyone', undefined],
  ['offer', '/attributes/percent_off', 'Attributes › percent_off', '属性 › percent_off'],
  ['policy', '/limits/1/at_most', 'Limits › 2 › At most', '限制 › 2 › 最多'],
  ['placement', '/lists/0', 'Offer lists', '优惠列表'],
])('a place of %s, %s, is called %s and %s', async (kind, path, english, chinese) => {
  expect(named(kind, path)).toBe(english)
  await speak('zh-CN')
  if (chinese) expect(named(kind, path)).toBe(chinese)
})

it('tells nothing of what it has no name for', () => {
  expect(named('offer', '')).toBeUndefined()
  expect(named('offer', '/something_new')).toBeUndefined()
  expect(named('feed', '/source')).toBeUndefined()
})

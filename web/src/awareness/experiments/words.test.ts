import i18next from 'i18next'
import { afterEach, expect, it } from 'vitest'
import { speak } from '../../locales/i18n'

afterEach(async () => {
  await speak('en')
})

it('says that a verdict may come at once, and never speaks of the first 0 days', async () => {
  const days = (count: number) => i18next.t('experiments:words.days', { count })
  await speak('en')
  expect([0, 1, 7].map(days)).toEqual([
    'A verdict is possible from the first day.',
    'No verdict on the first day.',
    'No verdict in the first 7 days.',
  ])
  await speak('zh-CN')
  expect([0, 7].map(days)).toEqual(['从第一天起即可下结论。', '前 7 天不下结论。'])
})

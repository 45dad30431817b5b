import { screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { type Language, speak } from '../../locales/i18n'
import { show } from '../../testing/render'
import { useQuestionPlace } from './questionPlace'

function Place({ of }: { of: string }) {
  return <p>{useQuestionPlace()(of)}</p>
}

afterEach(() => speak('en'))

it.each<[string, Language, string]>([
  ['/zone', 'en', 'Time zone'],
  ['/period', 'zh-CN', '时段'],
  ['/question/view/series/compare', 'en', 'Compare with'],
  ['/view/funnel/steps', 'en', 'Steps'],
  ['/view/funnel/steps/1/event', 'zh-CN', '第 2 步'],
  ['/filter/all/0/attribute', 'en', 'Only customers of whom this is true'],
  ['/view/never_heard_of', 'en', 'Question'],
])('calls %s in %s as the page does', async (path, language, name) => {
  await speak(language)
  await show(<Place of={path} />)
  expect(screen.getByText(name)).toBeDefined()
})

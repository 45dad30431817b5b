import { screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { speak } from '../../locales/i18n'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { useSentence } from './sentence'

function Sentence({ of }: { of: Record<string, unknown> }) {
  return <p>{useSentence()(of)}</p>
}

afterEach(() => speak('en'))

it('calls categories in the language of the screen', async () => {
  await speak('zh-CN')
  serve({})
  const cap = { measure: 'contacts', at_most: 5, per: 'day', categories: ['coupon', 'our_own'] }
  await show(<Sentence of={cap} />)
  expect(screen.getByText(/优惠券和Our own/)).toBeDefined()
})

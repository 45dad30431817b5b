import { screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { speak } from '../locales/i18n'
import { show } from '../testing/render'
import { ErrorPanel } from './ErrorPanel'

afterEach(async () => {
  await speak('en')
})

it('says in the language of the screen what always helps', async () => {
  const hint = 'try again; if it fails again, the log has the reason under the trace id'
  await speak('zh-CN')
  await show(
    <ErrorPanel error={{ document: { title: 'x', status: 500, code: 'internal', hint } }} />,
  )
  expect(screen.getByText(/请重试/)).toBeDefined()
})

it('says what the server says helps in this case', async () => {
  const document = { title: 'x', status: 409, code: 'conflict', hint: 'take another name' }
  await show(<ErrorPanel error={{ document }} />)
  expect(screen.getByText('Take another name.')).toBeDefined()
})

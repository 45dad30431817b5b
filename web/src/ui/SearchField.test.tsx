import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { show } from '../testing/render'
import { SearchField } from './SearchField'

/** An address that follows a search only when it is let. */
function Late() {
  const [value, setValue] = useState('')
  const [asked, setAsked] = useState<string[]>([])
  return (
    <>
      <SearchField
        label="Search"
        value={value}
        onSearch={(text) => setAsked((all) => [...all, text])}
      />
      <output>{asked.join(' ')}</output>
      <button type="button" onClick={() => setValue(asked.at(-1) ?? '')}>
        Arrive
      </button>
      <button type="button" onClick={() => setValue('')}>
        Clear
      </button>
    </>
  )
}

it('keeps what was typed while a search was on its way, and follows the address', async () => {
  await show(<Late />)
  const user = userEvent.setup()
  const field = screen.getByRole('searchbox', { name: 'Search' })
  await user.type(field, 'a')
  await screen.findByText('a')
  await user.type(field, 'b')
  await user.click(screen.getByRole('button', { name: 'Arrive' }))
  expect(field).toHaveProperty('value', 'ab')
  await screen.findByText('a ab')
  await user.click(screen.getByRole('button', { name: 'Arrive' }))
  await user.click(screen.getByRole('button', { name: 'Clear' }))
  expect(field).toHaveProperty('value', '')
})

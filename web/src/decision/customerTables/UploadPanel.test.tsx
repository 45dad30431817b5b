import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import type { CustomerTable, Upload } from './tables'
import { UploadPanel } from './UploadPanel'

const table: CustomerTable = {
  key: 'no',
  title: 'No mail',
  kind: 'denials',
  owner: 'Ann',
  revision: 1,
  row_count: 3,
  author: 'Ann',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
}

const upload: Upload = {
  id: 'upl_1',
  table: 'no',
  name: 'a.csv',
  state: 'open',
  replaces: true,
  next_row: 0,
  accepted_count: 0,
  rejected_count: 0,
  author: 'Ann',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
}

const uploads = '/api/customer_tables/no/uploads'

/** A server at which so many rows of an upload can be used. */
function taking(accepted_count: number) {
  const sent = { ...upload, next_row: accepted_count, accepted_count }
  return serve({
    [`POST ${uploads}`]: upload,
    [`POST ${uploads}/upl_1/rows`]: sent,
    [`POST ${uploads}/upl_1/finish`]: { ...sent, state: 'done' },
    [`DELETE ${uploads}/upl_1`]: null,
  })
}

const choose = async (text: string) => {
  const input = document.querySelector<HTMLInputElement>('input[type=file]')
  if (!input) throw new Error('there is no field for a file')
  await userEvent.upload(input, new File([text], 'a.csv', { type: 'text/csv' }))
}

const rows = (count: number) =>
  `user_id,offer\n${Array.from({ length: count }, (_, at) => `u${at},*`).join('\n')}`

const lines = (asked: { line: string }[]) => asked.map((one) => one.line)

it('refuses a file without the columns, says which, and sends nothing', async () => {
  const asked = taking(0)
  await show(<UploadPanel table={table} />)
  await choose('hello,world\n1,2')
  const said = await screen.findByText(/it has no column with the customer .* and the offer/)
  expect(said.textContent).toContain('loyalty_card,offer,expires_at')
  expect(screen.getByRole('button', { name: 'Choose a file first' })).toHaveProperty(
    'disabled',
    true,
  )
  expect(asked).toEqual([])
})

it('asks before less than half of the rows is left, and can leave them', async () => {
  const asked = taking(1)
  await show(<UploadPanel table={table} />)
  await choose(rows(1))
  await userEvent.click(await screen.findByRole('button', { name: 'Upload 1 row' }))
  expect(
    await screen.findByText(/3 rows are in effect now. With this file 1 is left/),
  ).toBeDefined()
  expect(lines(asked)).not.toContain(`POST ${uploads}/upl_1/finish`)
  await userEvent.click(screen.getByRole('button', { name: 'Leave it as it is' }))
  await expect.poll(() => lines(asked)).toContain(`DELETE ${uploads}/upl_1`)
  expect(lines(asked)).not.toContain(`POST ${uploads}/upl_1/finish`)

  await userEvent.click(await screen.findByRole('button', { name: 'Upload 1 row' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Replace' }))
  expect(await screen.findByText('1 row is in effect, 0 could not be used.')).toBeDefined()
})

it('replaces without a question when most rows stay; the result goes with the next file', async () => {
  taking(2)
  await show(<UploadPanel table={table} />)
  await choose(rows(2))
  await userEvent.click(await screen.findByRole('button', { name: 'Upload 2 rows' }))
  expect(await screen.findByText('2 rows are in effect, 0 could not be used.')).toBeDefined()
  await choose(rows(3))
  expect(await screen.findByRole('button', { name: 'Upload 3 rows' })).toBeDefined()
  expect(screen.queryByText(/in effect, 0 could not be used/)).toBeNull()
})

import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../api/problem'
import { show } from '../testing/render'
import { type Column, DataTable, type Rows, rowsOf } from './DataTable'

type Thing = { id: string; name: string }
const columns: Column<Thing>[] = [
  { key: 'name', header: 'Name', cell: (row) => row.name },
  { key: 'id', header: 'Id', cell: (row) => row.id },
]
const two = [
  { id: 'a', name: 'First' },
  { id: 'b', name: 'Second' },
]

function table(rows: Rows<Thing>, filtered?: { text: string; clear: () => void }) {
  return (
    <DataTable
      label="Things"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      rowLink={(row) => `/things/${row.id}`}
      empty={<p>Things are for trying out</p>}
      filtered={filtered}
    />
  )
}

describe('DataTable', () => {
  it('shows rows whose first cell leads to the thing', async () => {
    const { router } = await show(table(rowsOf(two)))
    await userEvent.click(screen.getByRole('link', { name: 'Second' }))
    expect(router.state.location.pathname).toBe('/things/b')
  })

  it('keeps what is worth a glance only on a wide screen out of the way', async () => {
    await show(
      <DataTable
        label="Things"
        columns={[...columns, { key: 'cost', header: 'Cost', wide: true, cell: () => '£1' }]}
        rows={rowsOf(two)}
        rowKey={(row) => row.id}
        empty={null}
      />,
    )
    const narrow = [screen.getByText('Cost'), ...screen.getAllByRole('cell', { name: '£1' })]
    expect(narrow.map((one) => /wide/.test(one.className))).toEqual([true, true, true])
    expect(screen.getByText('Name').className).not.toMatch(/wide/)
  })

  it('names every value of a row but the first, for where rows are cards', async () => {
    const chosen = { key: 'chosen', header: 'Chosen', hidden: true, cell: () => 'yes' }
    await show(
      <DataTable
        label="Things"
        columns={[...columns, chosen]}
        rows={rowsOf(two.slice(0, 1))}
        rowKey={(row) => row.id}
        empty={null}
      />,
    )
    const labels = screen.getAllByRole('cell').map((cell) => cell.getAttribute('data-label'))
    expect(labels).toEqual([null, 'Id', null])
  })

  it('explains itself when there is nothing yet', async () => {
    await show(table(rowsOf<Thing>([])))
    expect(screen.getByText('Things are for trying out')).toBeDefined()
  })

  it('repeats the filter that matches nothing and drops it', async () => {
    const clear = vi.fn()
    await show(table(rowsOf<Thing>([]), { text: 'No thing is called x', clear }))
    expect(screen.getByText('No thing is called x')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Clear the filter' }))
    expect(clear).toHaveBeenCalledOnce()
  })

  it('says what failed, with the trace id and a retry', async () => {
    const refetch = vi.fn()
    const error = new Problem({
      title: 'The list is broken',
      status: 500,
      code: 'broken',
      detail: 'It fell over.',
      trace_id: 'abc123',
    })
    await show(table({ isPending: false, error, refetch }))
    expect(screen.getByRole('alert').textContent).toContain('The list is broken')
    expect(screen.getByText(/abc123/)).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(refetch).toHaveBeenCalledOnce()
  })

  it('names the missing permission instead of an error', async () => {
    const error = new Problem({ title: 'No', status: 403, code: 'forbidden' })
    await show(table({ isPending: false, error, refetch: () => {} }))
    expect(screen.getByText('You may not see this')).toBeDefined()
  })

  it('fetches the next page on demand', async () => {
    const fetchNextPage = vi.fn()
    await show(table({ ...rowsOf(two), hasNextPage: true, fetchNextPage }))
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }))
    expect(fetchNextPage).toHaveBeenCalledOnce()
  })
})

import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { type Import, type Mapping, withField, withGroup, withTarget } from './imports'
import { MappingStep } from './MappingStep'
import { ProgressPanel } from './ProgressPanel'

const mapping: Mapping = {
  as: 'events',
  user_id: 'customer',
  event: { name: 'Order Completed' },
  group: { column: 'invoice' },
  fields: [{ column: 'sku', to: 'line', name: 'product_id', kind: 'text' }],
}
const column = (name: string) => ({ name, kind: 'text' as const, filled: 1, examples: ['x'] })
const one: Import = {
  id: 'imp_1',
  name: 'orders.csv',
  state: 'uploaded',
  facts: {
    format: 'csv',
    gzip: false,
    encoding: 'utf-8',
    columns: ['invoice', 'sku', 'customer'].map(column),
    size_bytes: 1000,
  },
  progress: {
    phase: 'import',
    rows_done: 50,
    rows_total: 200,
    accepted: 10,
    duplicates: 0,
    accepted_rows: 50,
    rejected_rows: 3,
    skipped_rows: 0,
    same_as: null,
  },
  author: 'Ada',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
}

describe('a mapping', () => {
  it('turns lines into properties when rows no longer belong together', () => {
    const alone = withGroup(mapping, '')
    expect(alone.group).toBeNull()
    expect(alone.fields?.[0]?.to).toBe('property')
  })

  it('of customers has attributes only', () => {
    const customers = withTarget(mapping, 'customers')
    expect(customers.event).toBeNull()
    expect(customers.fields?.map((field) => field.to)).toEqual(['attribute'])
  })

  it('leaves a column out and takes it in again', () => {
    expect(withField(mapping, 'sku', null).fields).toEqual([])
    const field = { column: 'price', to: 'line' as const, name: 'price' }
    expect(withField(mapping, 'price', field).fields).toHaveLength(2)
  })
})

describe('MappingStep', () => {
  it('begins with the guess of the server and starts with what was changed', async () => {
    const asked = serve({
      'POST /api/imports/imp_1/preview': { mapping, errors: [] },
      'POST /api/imports/imp_1/start': { ...one, state: 'queued' },
    })
    await show(<MappingStep one={one} />)
    await userEvent.selectOptions(await screen.findByLabelText('Where customer goes'), 'attribute')
    const name = screen.getByLabelText('Name for customer')
    await userEvent.clear(name)
    await userEvent.type(name, 'number')
    await userEvent.click(screen.getByRole('button', { name: 'Start the import' }))
    const start = asked.find((call) => call.line.endsWith('/start'))
    expect(start?.body).toEqual({
      mapping: {
        ...mapping,
        fields: [
          ...(mapping.fields ?? []),
          { column: 'customer', to: 'attribute', name: 'number', kind: 'auto' },
        ],
      },
    })
  })

  it('shows what is wrong at its field and does not start', async () => {
    const errors = [{ path: '/user_id', message: 'no column says who the customer is' }]
    serve({ 'POST /api/imports/imp_1/preview': { mapping, errors } })
    await show(<MappingStep one={one} />)
    expect(await screen.findByRole('alert')).toBeDefined()
    const start = screen.getByRole('button', { name: 'Start the import' })
    expect(start.hasAttribute('disabled')).toBe(true)
  })
})

describe('ProgressPanel', () => {
  it('says how many rows of how many are done', async () => {
    serve({})
    await show(<ProgressPanel one={{ ...one, state: 'running', mapping }} />)
    const bar = screen.getByRole('progressbar')
    expect(bar.getAttribute('aria-valuenow')).toBe('25')
    expect(screen.getByText(/50 of 200 rows/)).toBeDefined()
    const panel = screen.getByRole('region', { name: 'Progress' })
    expect(within(panel).getByText('Download rejected rows')).toBeDefined()
  })
})

import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { blankOrigin, kinds, placeOf } from './feeds'
import { StandingPanel } from './StandingPanel'

describe('placeOf', () => {
  it('says where the data comes from', () => {
    expect(placeOf({ kind: 'folder', path: 'tills/', files: '*.csv' })).toBe('tills/*.csv')
    expect(placeOf({ kind: 'bucket', bucket: 'exports', path: '', files: '*' })).toBe('exports: *')
    expect(placeOf({ kind: 'kafka', server: 'main', topic: 'events' })).toBe('main: events')
    expect(placeOf(undefined)).toBeNull()
  })

  it('knows every kind that one can begin with', () => {
    for (const kind of kinds) expect(placeOf(blankOrigin(kind))).not.toBeNull()
  })
})

const session = { user: {}, permissions: ['view_data', 'edit_data'], csrf_token: 'x' }
const standing = {
  feed: 'orders',
  state: 'waiting',
  stream: false,
  accepted_count: 12,
  duplicates_count: 0,
  rejected_count: 3,
}

describe('StandingPanel', () => {
  it('runs a pull, and says what is wrong with it', async () => {
    const failing = { ...standing, state: 'failing', error: 'the folder cannot be read' }
    const asked = serve({
      'GET /api/session': session,
      'GET /api/feeds/orders': failing,
      'POST /api/feeds/orders/run': { ...standing, state: 'running' },
    })
    await show(<StandingPanel feed="orders" />)
    expect((await screen.findByRole('alert')).textContent).toContain('The folder cannot be read')
    const button = screen.getByRole('button', { name: 'Run now' })
    await waitFor(() => expect(button.hasAttribute('disabled')).toBe(false))
    await userEvent.click(button)
    expect(asked.some((call) => call.line === 'POST /api/feeds/orders/run')).toBe(true)
  })

  it('lets only a paused feed go on or start over', async () => {
    const paused = { ...standing, state: 'paused' }
    serve({ 'GET /api/session': session, 'GET /api/feeds/orders': paused })
    await show(<StandingPanel feed="orders" />)
    expect(await screen.findByRole('button', { name: 'Start over' })).toBeDefined()
    expect(screen.getByRole('button', { name: 'Go on' })).toBeDefined()
    expect(screen.getByRole('button', { name: 'Run now' }).hasAttribute('disabled')).toBe(true)
  })

  it('shows how many messages of a stream wait', async () => {
    const stream = { ...standing, state: 'reading', stream: true, lag_count: 1240 }
    serve({ 'GET /api/session': session, 'GET /api/feeds/orders': stream })
    await show(<StandingPanel feed="orders" />)
    expect(await screen.findByText('1,240')).toBeDefined()
    expect(screen.queryByRole('button', { name: 'Run now' })).toBeNull()
  })
})

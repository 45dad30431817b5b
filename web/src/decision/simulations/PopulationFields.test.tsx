import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { PopulationFields } from './PopulationFields'

it('builds the rule of whom to ask from conditions, as everywhere else', async () => {
  serve({
    'GET /api/definitions/placement': { items: [] },
    'GET /api/vocabulary': {
      attributes: [],
      events: [],
      channels: [],
      purposes: [],
      offers: [],
      placements: [],
      segments: [{ key: 'vip', name: { en: 'Important' } }],
      scores: [],
    },
    'POST /api/criteria/check': { criteria: {}, text: '', text_zh: '', problems: [], notices: [] },
  })
  const { router } = await show(<PopulationFields error={() => undefined} />)
  await userEvent.click(screen.getByRole('button', { name: 'Add a condition' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: /^Another segment/ }))
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Segment' }), 'vip')
  await waitFor(() =>
    expect(JSON.stringify(router.state.location.search)).toContain('{\\"segment\\":\\"vip\\"}'),
  )
})

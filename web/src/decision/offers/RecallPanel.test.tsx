import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import type { Definition } from '../../app/definition'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { RecallPanel } from './RecallPanel'

// Only what the panel looks at.
const offer = (state: string) => ({ key: 'delivery', state }) as unknown as Definition

it('says what still stands of an offer that was retired', async () => {
  serve({ 'GET /api/recalls': [] })
  const shown = await show(<RecallPanel definition={offer('published')} />)
  expect(screen.queryByText(/keeps it until it runs out/)).toBeNull()
  shown.unmount()
  await show(<RecallPanel definition={offer('retired')} />)
  expect(await screen.findByText(/keeps it until it runs out; a recall ends that/)).toBeDefined()
})

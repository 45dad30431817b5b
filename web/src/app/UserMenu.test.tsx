import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { show } from '../testing/render'
import { serve } from '../testing/server'
import UserMenu from './UserMenu'

const since = '2026-01-01T00:00:00Z'
const user = {
  id: 'usr_1',
  name: 'Ann',
  email: 'ann@example.com',
  role: 'marketer' as const,
  disabled: false,
  created_at: since,
  updated_at: since,
}

it('lets everybody change their own password', async () => {
  const asked = serve({ 'POST /api/session/password': null })
  await show(<UserMenu user={user} openShortcuts={() => {}} />)
  await userEvent.click(screen.getByRole('button', { name: 'Account: Ann' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Change password' }))
  const dialog = await screen.findByRole('dialog', { name: 'Change your password' })
  await userEvent.type(within(dialog).getByLabelText(/^Present password/), 'violet tractor 9')
  await userEvent.type(within(dialog).getByLabelText(/^New password/), 'violet tractor 10')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Change password' }))
  expect(asked.map((one) => [one.line, one.body])).toEqual([
    ['POST /api/session/password', { current: 'violet tractor 9', password: 'violet tractor 10' }],
  ])
  expect(screen.queryByRole('dialog')).toBeNull()
})

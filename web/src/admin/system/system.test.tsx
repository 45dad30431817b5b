import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import { BackupPanel } from './BackupPanel'

const lake = { place: '/lake', engine: 'embedded', tail_rows: 5 }

it('offers the store alone as a download only while the lake has no files', async () => {
  serve({ 'GET /api/system/lake': { ...lake, tables: [] } })
  await show(<BackupPanel embedded may />)
  expect(await screen.findByRole('link', { name: 'Download a copy now' })).toBeDefined()
})

it('sends to the command where files of the lake belong to the copy', async () => {
  const tables = [{ table: 'events', files: 2, rows: 9, bytes: 99 }]
  serve({ 'GET /api/system/lake': { ...lake, tables } })
  await show(<BackupPanel embedded may />)
  expect(await screen.findByText(/The command writes both/)).toBeDefined()
  expect(screen.queryByRole('link')).toBeNull()
})

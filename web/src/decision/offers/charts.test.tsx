import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'
import { show } from '../../testing/render'
import { DayChart, scaleStep } from './DayChart'
import { Sections } from './Sections'

describe('the chart of an offer by day', () => {
  const days = [
    { day: '2026-03-01T12:00', presented: 12, accepted: 1 },
    { day: '2026-03-02T12:00', presented: 31, accepted: 0 },
  ]
  const series = [
    { key: 'presented', side: 'ours', label: 'Presented' },
    { key: 'accepted', side: 'theirs', label: 'Accepted' },
  ] as const

  it('has a scale that is round', async () => {
    await show(<DayChart days={days} series={[...series]} name="By day." />)
    for (const mark of ['0', '10', '20', '30', '40']) expect(screen.getByText(mark)).toBeDefined()
    expect([0, 1, 3, 9, 31, 480, 12_000].map(scaleStep)).toEqual([1, 1, 1, 5, 10, 200, 5_000])
  })

  it('says what it shows to those who do not see it', async () => {
    await show(<DayChart days={days} series={[...series]} name="By day." />)
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe(
      'By day. Presented: 43 in all, at most 31 on one day (Mar 2, 2026). ' +
        'Accepted: 1 in all, at most 1 on one day (Mar 1, 2026).',
    )
  })
})

it('leads to each section of a form', async () => {
  const sections = ['Value', 'Codes'].map((title) => ({ title, content: <p>{`The ${title}`}</p> }))
  await show(<Sections sections={sections} />)
  await userEvent.click(screen.getByRole('button', { name: 'Codes' }))
  expect(document.activeElement?.textContent).toBe('The Codes')
})

import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../../testing/render'
import { ChoiceField, type Form, FormContext } from '.'

it('shows what holds where nothing is said, instead of a dash', async () => {
  const form: Form = { body: {}, set: () => {}, problems: [], hold: () => {}, readOnly: false }
  const choices = [
    { value: 'live', label: 'Live' },
    { value: 'static', label: 'Static' },
  ]
  await show(
    <FormContext value={form}>
      <ChoiceField path="/membership" label="Members" choices={choices} otherwise="live" />
      <ChoiceField path="/other" label="Other" choices={choices} />
    </FormContext>,
  )
  const chosen = screen.getAllByRole<HTMLSelectElement>('combobox').map((one) => one.value)
  expect(chosen).toEqual(['live', ''])
  expect(screen.getAllByRole('option').map((one) => one.textContent)).toEqual([
    'Live',
    'Static',
    '–',
    'Live',
    'Static',
  ])
})

import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { show } from '../../testing/render'
import { serve } from '../../testing/server'
import {
  ChoiceField,
  type Form,
  FormContext,
  NumberField,
  PercentField,
  PickField,
  useChoices,
} from '.'

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

it('offers nothing retired, and shows what was chosen before it was', async () => {
  const offer = (key: string, state: string) => ({ key, state, body: { name: { en: key } } })
  serve({
    'GET /api/definitions/offer': {
      items: [offer('Sale', 'published'), offer('Gone', 'retired'), offer('Old', 'retired')],
    },
  })
  const body = { one: 'Gone', some: ['Old'] }
  const form: Form = { body, set: () => {}, problems: [], hold: () => {}, readOnly: false }
  function Pickers() {
    const { choices } = useChoices('offer')
    return (
      <>
        <ChoiceField path="/one" label="One" choices={choices} none="None" />
        <PickField path="/some" label="Some" choices={choices} />
      </>
    )
  }
  await show(
    <FormContext value={form}>
      <Pickers />
    </FormContext>,
  )
  await screen.findByText('Gone (retired)')
  const one = within(screen.getByLabelText('One'))
  const names = () => one.getAllByRole('option').map((option) => option.textContent)
  expect(names()).toEqual(['None', 'Sale', 'Gone (retired)'])
  await userEvent.click(screen.getByRole('combobox', { name: 'Some' }))
  const offeredHere = await screen.findAllByRole('option', { hidden: true })
  const texts = offeredHere.map((option) => option.textContent)
  expect(texts.slice(names().length)).toEqual(['Sale', 'Old (retired)'])
})

it('hands on what is too much or too little as it was typed', async () => {
  const set = vi.fn()
  const form: Form = { body: {}, set, problems: [], hold: () => {}, readOnly: false }
  await show(
    <FormContext value={form}>
      <PercentField path="/propensity" label="Propensity" required />
      <NumberField path="/lever" label="Lever" min={0} required />
    </FormContext>,
  )
  await userEvent.type(screen.getByLabelText(/^Propensity/), '150')
  await userEvent.type(screen.getByLabelText(/^Lever/), '-3')
  await userEvent.tab()
  expect(set.mock.calls.filter(([path]) => path === '/propensity').at(-1)?.[1]).toBe(1.5)
  expect(set.mock.calls.filter(([path]) => path === '/lever').at(-1)?.[1]).toBe(-3)
})

it('says that a number is out of its range in the numbers that it shows', async () => {
  const hold = vi.fn()
  const body = { propensity: 1.5, lever: 2 }
  const form: Form = { body, set: () => {}, problems: [], hold, readOnly: false }
  await show(
    <FormContext value={form}>
      <PercentField path="/propensity" label="Propensity" />
      <NumberField path="/lever" label="Lever" min={0} max={1000} />
    </FormContext>,
  )
  const values = { value: '150 %', low: '0 %', high: '100 %' }
  expect(hold).toHaveBeenCalledWith('/propensity', expect.objectContaining({ values }))
  expect(hold).toHaveBeenCalledWith('/lever', null)
})

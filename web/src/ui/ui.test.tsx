import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../api/problem'
import { speak } from '../locales/i18n'
import { show } from '../testing/render'
import { ConfirmButton } from './ConfirmButton'
import { ConflictDialog } from './ConflictDialog'
import { difference } from './difference'
import { ErrorPanel } from './ErrorPanel'
import { fieldErrors } from './fieldErrors'
import { JsonView } from './JsonView'
import { Money } from './Money'

const invalid = new Problem({
  title: 'The offer is not valid',
  status: 422,
  code: 'invalid',
  errors: [
    { path: '/creatives/0/title', message: 'Is missing.', hint: 'Write one.' },
    { path: '/value_cents', message: 'Is below zero.' },
  ],
})

describe('ErrorPanel', () => {
  it('tells a refusal by its reason, in the language of the screen', async () => {
    await speak('zh-CN')
    const document = {
      title: 'This is in conflict with what is there',
      status: 409,
      code: 'conflict',
      detail: 'placement home has a draft that is not in use yet',
      hint: 'publish the draft',
      reason: 'has_draft',
      kind: 'placement',
      key: 'home',
    }
    await show(<ErrorPanel error={{ document }} />)
    expect(screen.getByRole('heading', { name: '展位“home”有尚未启用的草稿' })).toBeDefined()
    expect(screen.getByRole('alert').textContent).not.toMatch(/[a-z]{5}/)
    await speak('en')
  })

  it('lists every mistake with its place and remedy', async () => {
    await show(<ErrorPanel error={invalid} />)
    const panel = screen.getByRole('alert')
    expect(within(panel).getByText('/creatives/0/title')).toBeDefined()
    expect(within(panel).getByText('Write one.')).toBeDefined()
  })

  it('calls a place by its name where it has one', async () => {
    const nameOf = (path: string) => (path === '/value_cents' ? 'Value' : undefined)
    await show(<ErrorPanel error={invalid} nameOf={nameOf} />)
    const panel = screen.getByRole('alert')
    expect(within(panel).getByText('Value')).toBeDefined()
    expect(within(panel).queryByText('/value_cents')).toBeNull()
    expect(within(panel).getByText('/creatives/0/title')).toBeDefined()
  })

  it('speaks plainly when the server does not answer', async () => {
    await show(<ErrorPanel error={Problem.of(new TypeError('Failed to fetch'))} />)
    expect(screen.getByText('The server did not answer')).toBeDefined()
  })
})

describe('fieldErrors', () => {
  it('finds the message of a field by its path', () => {
    const error = fieldErrors(invalid)
    expect(error('/value_cents')).toBe('Is below zero.')
    expect(error('/creatives')).toBeUndefined()
    expect(error('/creatives', true)).toBe('Is missing. Write one.')
    expect(fieldErrors(null)('/name')).toBeUndefined()
  })
})

describe('difference', () => {
  it('names every leaf that differs, also where one side has nothing', () => {
    const mine = { a: 1, list: ['x', 'y'], same: { deep: true } }
    const theirs = { a: 2, list: ['x'], same: { deep: true } }
    expect(difference(mine, theirs)).toEqual([
      { path: '/a', mine: 1, theirs: 2 },
      { path: '/list/1', mine: 'y', theirs: undefined },
    ])
  })
})

describe('ConflictDialog', () => {
  it('shows both sides and lets one choose', async () => {
    const keep = vi.fn()
    await show(
      <ConflictDialog
        opened
        mine={{ title: 'Mine' }}
        theirs={{ title: 'Theirs' }}
        onKeepMine={keep}
        onTakeTheirs={() => {}}
        onClose={() => {}}
      />,
    )
    expect(screen.getByText('"Theirs"')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Keep mine' }))
    expect(keep).toHaveBeenCalledOnce()
  })
})

describe('ConfirmButton', () => {
  it('does nothing before it is confirmed', async () => {
    const confirm = vi.fn()
    await show(
      <ConfirmButton
        label="Erase"
        title="Erase?"
        text="For good."
        confirm="Yes"
        onConfirm={confirm}
      />,
    )
    await userEvent.click(screen.getByRole('button', { name: 'Erase' }))
    expect(confirm).not.toHaveBeenCalled()
    await userEvent.click(screen.getByRole('button', { name: 'Yes' }))
    expect(confirm).toHaveBeenCalledOnce()
  })
})

describe('Money', () => {
  it('knows how many minor units a currency has', async () => {
    await show(
      <>
        <Money cents={123456} currency="GBP" />
        <Money cents={500} currency="JPY" />
      </>,
    )
    expect(screen.getByText('£1,234.56')).toBeDefined()
    expect(screen.getByText('¥500')).toBeDefined()
  })
})

describe('JsonView', () => {
  it('shows the value without losing a character', async () => {
    const value = { a: 'text "quoted"', n: -1.5, list: [true, null] }
    await show(<JsonView label="Body" value={value} />)
    expect(screen.getByRole('region', { name: 'Body' }).textContent).toBe(
      JSON.stringify(value, null, 2),
    )
  })
})

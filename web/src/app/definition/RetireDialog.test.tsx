import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { show } from '../../testing/render'
import { RetireDialog } from './RetireDialog'

const uses: Record<string, unknown[]> = {
  hats: [
    { kind: 'strategy', key: 'shop', title: 'Our shop', path: '/levers/offer:hats' },
    { kind: 'strategy', key: 'shop', title: 'Our shop', path: '/context_weights/0/concerns' },
    { kind: 'offer_list', key: 'summer', title: 'Summer', path: '/offers/0' },
  ],
  bags: [],
}

let retired: string[]
let refuse: boolean

beforeEach(() => {
  retired = []
  refuse = false
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname, search } = new URL(request.url)
    const key = pathname.split('/').at(-2) ?? ''
    if (pathname.endsWith('/uses')) return new Response(JSON.stringify(uses[key]))
    if (request.method !== 'POST') return new Response('{}')
    if (refuse && key === 'bags') {
      const errors = [{ path: '/cap/few/offers/0', message: '"Few" names it' }]
      const problem = { title: 'In use', status: 409, code: 'in_use', trace_id: 't1', errors }
      return new Response(JSON.stringify(problem), { status: 409 })
    }
    retired.push(`${key}${search}`)
    return new Response(JSON.stringify({ kind: 'offer', key, state: 'retired', body: {} }))
  })
})
afterEach(() => vi.unstubAllGlobals())

async function dialog() {
  const done = vi.fn()
  const close = vi.fn()
  await show(
    <RetireDialog
      kind="offer"
      keys={['hats', 'bags']}
      title="Retire 2 offers?"
      text="Nothing is erased."
      retired={(all) => done(all.map((one) => one.key))}
      close={close}
    />,
  )
  return { done, close }
}

it('says what names each of several offers, and retires them nevertheless when that is confirmed', async () => {
  const { done, close } = await dialog()
  expect(await screen.findByText('hats: 2 published definitions name it')).toBeTruthy()
  expect(screen.getAllByRole('listitem').map((one) => one.textContent)).toEqual([
    'Our shop',
    'Summer',
  ])
  expect(screen.queryByText(/^bags:/)).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Retire nevertheless' }))
  await waitFor(() => expect(close).toHaveBeenCalled())
  expect(retired).toEqual(['hats?although_used=true', 'bags?although_used=false'])
  expect(done).toHaveBeenCalledWith(['hats', 'bags'])
})

it('stays open and shows the places when one came into use meanwhile', async () => {
  refuse = true
  const { done, close } = await dialog()
  await userEvent.click(await screen.findByRole('button', { name: 'Retire nevertheless' }))
  expect(await screen.findByText('/cap/few/offers/0')).toBeTruthy()
  expect(done).toHaveBeenCalledWith(['hats'])
  expect(close).not.toHaveBeenCalled()
})

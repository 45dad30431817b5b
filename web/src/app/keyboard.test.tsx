import { fireEvent, renderHook } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { useKeyboard } from './keyboard'

const navigate = vi.hoisted(() => vi.fn())
vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  useNavigate: () => navigate,
}))

it('leads to a page only after g, also right after a page was loaded', () => {
  vi.spyOn(performance, 'now').mockReturnValue(5)
  renderHook(() => useKeyboard(() => {}))
  fireEvent.keyDown(document.body, { key: 'j' })
  expect(navigate).not.toHaveBeenCalled()
  fireEvent.keyDown(document.body, { key: 'g' })
  fireEvent.keyDown(document.body, { key: 'j' })
  expect(navigate).toHaveBeenCalledWith({ to: '/journeys' })
})

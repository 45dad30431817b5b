import { act, renderHook } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { useDraft } from './useDraft'

describe('useDraft', () => {
  it('takes back typing at one place as one step, and repeats it', () => {
    const { result } = renderHook(() => useDraft({ title: '', text: '' }))
    act(() => result.current.set('/title', 'S'))
    act(() => result.current.set('/title', 'Sa'))
    act(() => result.current.set('/text', 'x'))
    act(() => result.current.undo?.())
    expect(result.current.body).toEqual({ title: 'Sa', text: '' })
    act(() => result.current.undo?.())
    expect(result.current.body).toEqual({ title: '', text: '' })
    expect(result.current.undo).toBeUndefined()
    act(() => result.current.redo?.())
    expect(result.current.body).toEqual({ title: 'Sa', text: '' })
  })

  it('takes back one choice after the other, however quickly they were made', () => {
    const { result } = renderHook(() => useDraft({ offers: [] }))
    act(() => result.current.set('/offers', ['bag']))
    act(() => result.current.set('/offers', ['bag', 'hat']))
    act(() => result.current.undo?.())
    expect(result.current.body).toEqual({ offers: ['bag'] })
    act(() => result.current.undo?.())
    expect(result.current.body).toEqual({ offers: [] })
  })
})

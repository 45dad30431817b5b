import { type Answer, useChange } from '../../api/query'

export const codesPath = '/api/offers/{key}/codes'

export type CodeStock = Answer<'get', typeof codesPath>

const refresh = { refresh: [codesPath, '/api/today'] as const }

export const useAddCodes = () => useChange('post', codesPath, { refresh: [...refresh.refresh] })

export const useWithdrawCodes = () =>
  useChange('delete', codesPath, { refresh: [...refresh.refresh] })

/** The codes in a text or a file with one column: everything between commas and line ends. */
export function codesIn(text: string): string[] {
  const parts = text.split(/[\s,;"]+/).map((part) => part.trim())
  const codes = parts.filter((part) => part && part.toLowerCase() !== 'code')
  return [...new Set(codes)]
}

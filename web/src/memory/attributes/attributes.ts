import { type Item, pages, useChange } from '../../api/query'

export type Attribute = Item<'/api/attributes'>
export type Kind = Attribute['kind']

export const kinds: Kind[] = ['text', 'number', 'boolean', 'instant', 'list']

/** A kind of a select's value. */
export const kindOf = (value: string): Kind | undefined => kinds.find((one) => one === value)

export const attributesPages = () => pages('/api/attributes', { query: { limit: 500 } })

export const useDescribe = () =>
  useChange('patch', '/api/attributes/{key}', { refresh: ['/api/attributes'] })

import { type Answer, query, useChange } from '../../api/query'

export type System = Answer<'get', '/api/system'>

export type Lake = Answer<'get', '/api/system/lake'>

export const lakeQuery = () => query('/api/system/lake')
export const useArchive = () =>
  useChange('post', '/api/system/lake/archive', { refresh: ['/api/system/lake'] })

export const systemQuery = () => query('/api/system')
export const useHold = () => useChange('post', '/api/system/hold', { refresh: ['/api/system'] })
export const useRelease = () =>
  useChange('post', '/api/system/release', { refresh: ['/api/system'] })

/** Where the browser downloads a copy of the embedded store. */
export const backupAddress = '/api/system/backup'

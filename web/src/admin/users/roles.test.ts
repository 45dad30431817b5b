import { expect, it } from 'vitest'
import { matrix } from './roles'

it('gives an administrator everything and names each permission once', () => {
  const rows = matrix.flatMap((area) => area.rows)
  expect(rows.every((row) => row.roles.includes('administrator'))).toBe(true)
  expect(new Set(rows.map((row) => row.permission)).size).toBe(18)
})

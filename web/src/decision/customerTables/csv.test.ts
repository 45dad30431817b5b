import { expect, it } from 'vitest'
import { rowsOf } from './csv'

it('reads CSV with quotes, empty cells and other separators', () => {
  const text = '\ufeffuser_id,offer,rank\r\nann, sale ,1\r\n"b""o,b",hat,\r\n\r\n'
  expect(rowsOf('a.csv', text)).toEqual([
    { user_id: 'ann', offer: 'sale', rank: '1' },
    { user_id: 'b"o,b', offer: 'hat' },
  ])
  expect(rowsOf('a.csv', 'email;offer\nann@example.com;*')).toEqual([
    { email: 'ann@example.com', offer: '*' },
  ])
})

it('reads a JSON list, and says when it is none', () => {
  expect(rowsOf('a.json', '[{"user_id":"ann","score":2,"expires_at":null}]')).toEqual([
    { user_id: 'ann', score: '2' },
  ])
  expect(() => rowsOf('a.json', '{"user_id":"ann"}')).toThrow(SyntaxError)
})

import { expect, it } from 'vitest'
import { missingColumns, rowsOf } from './csv'

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

it('names the columns that a kind of table needs and no row has', () => {
  const hello = rowsOf('a.csv', 'hello,world\n1,2')
  expect(missingColumns('denials', hello)).toEqual(['customer', 'offer'])
  expect(missingColumns('scores', hello)).toEqual(['customer', 'offer', 'score'])
  const scores = rowsOf('a.csv', 'email,offer,score\nann@example.com,sale,\nbob@example.com,sale,2')
  expect(missingColumns('scores', scores)).toEqual([])
  expect(missingColumns('assignments', [{ customer_id: 'cus_1', offer: 'sale' }])).toEqual([])
})

it('reads a JSON list, and says when it is none', () => {
  expect(rowsOf('a.json', '[{"user_id":"ann","score":2,"expires_at":null}]')).toEqual([
    { user_id: 'ann', score: '2' },
  ])
  expect(() => rowsOf('a.json', '{"user_id":"ann"}')).toThrow(SyntaxError)
})

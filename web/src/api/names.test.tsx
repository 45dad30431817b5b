import { act, screen } from '@testing-library/react'
import { it } from 'vitest'
import { speak } from '../locales/i18n'
import { show } from '../testing/render'
import { serve } from '../testing/server'
import { useCustomerGroupName, useCustomerName } from './names'

function Names() {
  const name = useCustomerName()
  const all = [name('cus_7k', 'Ada Brook'), name('cus_1a2b3c4d5e', ''), name('cus_7k', undefined)]
  return <p>{all.join(' | ')}</p>
}

it('calls customers by name, and visitors by the end of their id', async () => {
  await show(<Names />)
  await screen.findByText('Ada Brook | Anonymous visitor 3c4d5e | Anonymous visitor 7k')
  await act(() => speak('zh-CN'))
  await screen.findByText('Ada Brook | 匿名访客 3c4d5e | 匿名访客 7k')
  await act(() => speak('en'))
})

function Groups() {
  const name = useCustomerGroupName('shop')
  return <p>{['keen', 'others', 'gone'].map(name).join(' | ')}</p>
}

it('calls customer groups as their strategy does', async () => {
  const group = (zh: string) => ({ key: 'keen', name: { en: 'Keen', zh }, when: 'true' })
  const strategy = (key: string, zh: string) => ({ key, title: key, body: { groups: [group(zh)] } })
  serve({
    'GET /api/session': { permissions: ['view_definitions'] },
    'GET /api/definitions/strategy': { items: [strategy('a', '旧'), strategy('shop', '热心')] },
  })
  await act(() => speak('zh-CN'))
  await show(<Groups />)
  await screen.findByText('热心 | 其他所有人 | gone')
  await act(() => speak('en'))
})

import { act, screen } from '@testing-library/react'
import { it } from 'vitest'
import { speak } from '../locales/i18n'
import { show } from '../testing/render'
import { useCustomerName } from './names'

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

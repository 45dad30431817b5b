import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { speak } from '../../locales/i18n'
import { show } from '../../testing/render'
import { useAuditWords } from './words'

function Said() {
  const words = useAuditWords()
  const row = { actor: 'command', actor_name: 'command', address: 'command' }
  return (
    <>
      <p>{words.actor(row)}</p>
      <p>{words.address({ address: '' })}</p>
      <ul>
        {[...words.actions(), ...words.kinds()].map(({ value, label }) => (
          <li key={value}>{label}</li>
        ))}
      </ul>
    </>
  )
}

it('says everything in the language of the screen, and who nobody signed in as', async () => {
  await speak('zh-CN')
  await show(<Said />)
  expect(screen.getByText('命令行')).toBeDefined()
  expect(screen.getByText('–')).toBeDefined()
  for (const item of screen.getAllByRole('listitem')) {
    expect(item.textContent).toMatch(/[\u4e00-\u9fff]/)
  }
  await speak('en')
})

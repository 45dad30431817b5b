import { screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { speak } from '../../locales/i18n'
import { show } from '../../testing/render'
import { useNote } from './noteText'

function Note({ of }: { of: string }) {
  return <p>{useNote()(of)}</p>
}

afterEach(() => speak('en'))

it.each([
  ['winner b of experiment buttons', '变体“b”在实验“buttons”中胜出'],
  ['winner b rolled out', '已推广变体“b”'],
  ['roll-out of experiment buttons taken back', '已撤回实验“buttons”的推广'],
  ['restored version 12', '已恢复版本 12'],
  ['winner of the talks with Ann', 'winner of the talks with Ann'],
])('tells %j in the language of the screen', async (note, told) => {
  await speak('zh-CN')
  await show(<Note of={note} />)
  expect(screen.getByText(told)).toBeDefined()
})

import { expect, it } from 'vitest'
import { withNewWindows } from './MailFrame'

it('opens the links of a mail in new windows that know nothing of ours', () => {
  const html = withNewWindows('<p>Hello</p><a href="https://example.com/t/1">Cart</a>')
  expect(html).toContain('target="_blank"')
  expect(html).toContain('rel="noopener noreferrer"')
  expect(html).toContain('<p>Hello</p>')
})

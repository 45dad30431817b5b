import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sessionQuery } from '../../api/session'
import { show } from '../../testing/render'
import { DefinitionPage } from './DefinitionPage'
import { Editor } from './Editor'
import { NameField } from './fields'

const stored = {
  kind: 'policy',
  key: 'calm',
  version: 2,
  latest_version: 2,
  published_version: 1,
  state: 'published',
  title: 'Calm',
  body: { name: { en: 'Calm' } },
  hash: 'hash-2',
  author: 'Mei Lin',
  note: '',
  created_at: '2026-03-01T10:00:00Z',
}

const session = {
  user: { id: 'usr_1', email: 'mei@example.com', name: 'Mei Lin', role: 'marketer' },
  permissions: ['view_definitions', 'edit_policies', 'publish'],
  csrf_token: 't',
}

type Sent = { method: string; path: string; ifMatch: string | null; body: unknown }
const sent: Sent[] = []
let answers: (request: Sent) => [number, unknown] | undefined = () => undefined

function usual({ method, path, body }: Sent): [number, unknown] {
  if (path === '/api/session') return [200, session]
  if (path.endsWith('/check')) {
    const { name } = (body as { body: { name: { en: string } } }).body
    const problem = { path: '/name', message: 'the name is empty', hint: 'give a name' }
    return [200, { valid: Boolean(name.en), errors: name.en ? [] : [problem] }]
  }
  if (method === 'PUT') {
    const next = { ...stored, ...(body as object), version: 3, latest_version: 3, hash: 'hash-3' }
    return [200, { ...next, changed: true }]
  }
  return [200, stored]
}

beforeEach(() => {
  sent.length = 0
  answers = () => undefined
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text()
    const one = {
      method: request.method,
      path: new URL(request.url).pathname,
      ifMatch: request.headers.get('If-Match'),
      body: text ? JSON.parse(text) : undefined,
    }
    sent.push(one)
    const [status, body] = answers(one) ?? usual(one)
    return new Response(JSON.stringify(body), { status })
  })
})
afterEach(() => vi.unstubAllGlobals())

const setup = {
  kind: 'policy' as const,
  listPath: '/policies',
  listLabel: 'Policies',
  pathOf: (key: string) => `/policies/${key}`,
  newTitle: 'New policy',
  blank: { name: { en: '' } },
  views: [{ key: 'form', label: 'Form', content: NameField }],
}

const refused = (...errors: object[]): [number, unknown] => [
  422,
  { title: 'Something in the body is not valid', status: 422, code: 'invalid_body', errors },
]

async function rename(name: string) {
  const user = userEvent.setup()
  await show(<DefinitionPage setup={setup} />)
  const field = await screen.findByLabelText<HTMLInputElement>(/Name in English/)
  await waitFor(() => expect(field.readOnly).toBe(false))
  await user.clear(field)
  if (name) await user.type(field, name)
  return user
}

describe('the editor of a definition', () => {
  it('says where it stands', async () => {
    await show(<DefinitionPage setup={setup} />)
    expect(await screen.findByText('Published, newer draft')).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Save draft' })).toBeNull()
  })

  it('saves with the hash that was read, and the note', async () => {
    const user = await rename('Calmer')
    expect(await screen.findByText('1 unsaved change')).toBeTruthy()
    await user.type(screen.getByRole('textbox', { name: /What changed/ }), 'Softer')
    await user.click(screen.getByRole('button', { name: 'Save draft' }))
    await waitFor(() => expect(screen.queryByText('1 unsaved change')).toBeNull())
    const put = sent.find((one) => one.method === 'PUT')
    expect(put?.ifMatch).toBe('"hash-2"')
    expect(put?.body).toEqual({ body: { name: { en: 'Calmer' } }, note: 'Softer' })
  })

  it('shows what is wrong, found before it is saved', async () => {
    await rename('')
    expect(await screen.findByText(/The name is empty\./)).toBeTruthy()
    expect(await screen.findByText('1 thing to mend before it can be saved')).toBeTruthy()
  })

  it('tells a problem once, in words, by the name of its field, also when saving was refused', async () => {
    const problem = { path: '/name', message: 'the name is empty', code: 'empty', hint: 'give one' }
    answers = ({ method, path }) => {
      if (path.endsWith('/check')) return [200, { valid: false, errors: [problem] }]
      const title = 'Something in the body is not valid'
      const refused = { title, status: 422, code: 'invalid_body', errors: [problem] }
      return method === 'PUT' ? [422, refused] : undefined
    }
    const user = await rename('')
    await user.click(await screen.findByRole('button', { name: 'Save draft' }))
    await waitFor(() => expect(sent.some((one) => one.method === 'PUT')).toBe(true))
    expect(await screen.findByRole('button', { name: 'Name' })).toBeTruthy()
    expect(screen.getAllByText(/Nothing is given\./)).toHaveLength(1)
    expect(screen.queryByText(/the name is empty/i)).toBeNull()
    expect(screen.queryByText('/name')).toBeNull()
  })

  it('leads to the first wrong field when saving is refused', async () => {
    answers = ({ method }) =>
      method === 'PUT'
        ? refused({ path: '/else', message: 'no' }, { path: '/name/zh', message: 'no' })
        : undefined
    const user = await rename('Calmer')
    await user.click(await screen.findByRole('button', { name: 'Save draft' }))
    const field = screen.getByLabelText(/Name in Chinese/)
    await waitFor(() => expect(document.activeElement).toBe(field))
  })

  it('leads to what was said where no field is wrong', async () => {
    const problem = { path: '/else', message: 'this is out of place' }
    answers = ({ method }) => (method === 'PUT' ? refused(problem) : undefined)
    const user = await rename('Calmer')
    await user.click(await screen.findByRole('button', { name: 'Save draft' }))
    await waitFor(() => expect(document.activeElement?.textContent).toContain('out of place'))
  })

  it('leads to the key that is missing, and marks one that is wrong by its name', async () => {
    const message = '"Bad" is not a key'
    const wrong = { path: '/key', message, code: 'not_a_key', values: { key: 'Bad' } }
    answers = ({ path }) =>
      path.endsWith('/Bad/check') ? [200, { valid: false, errors: [wrong] }] : undefined
    const user = userEvent.setup()
    const { queries } = await show(
      <Editor setup={setup} definition={null} first={{ name: { en: '' } }} />,
    )
    await queries.fetchQuery(sessionQuery)
    const key = screen.getByLabelText(/^Key/)
    await user.click(await screen.findByRole('button', { name: 'Save draft' }))
    await waitFor(() => expect(document.activeElement).toBe(key))
    expect(screen.getByText('Give it a key.')).toBeTruthy()
    await user.type(key, 'Bad')
    expect(await screen.findByRole('button', { name: 'Key' })).toBeTruthy()
    await waitFor(() => expect(screen.getAllByText(/“Bad” is not a key\./)).toHaveLength(2))
    expect(key.getAttribute('aria-invalid')).toBe('true')
  })

  it('says of nothing retired that it is in use', async () => {
    answers = ({ path }) => {
      if (path === '/api/conflicts/check') return [200, { new: [], gone: [] }]
      return /\/policy\/(calm)?$/.test(path) ? [200, { ...stored, state: 'retired' }] : undefined
    }
    await show(<DefinitionPage setup={setup} />)
    expect(await screen.findByText('Retired')).toBeTruthy()
    expect(screen.queryByText(/in use/)).toBeNull()
    await userEvent.click(await screen.findByRole('button', { name: 'Publish' }))
    expect(await screen.findByText(/It is retired, and comes into use again\./)).toBeTruthy()
    expect(screen.queryByText(/, which is in use\./)).toBeNull()
  })

  it('lets one choose when somebody else saved meanwhile, and keeps mine on top of theirs', async () => {
    const theirs = { ...stored, version: 3, body: { name: { en: 'Calmest' } }, hash: 'hash-x' }
    answers = ({ method, ifMatch }) => {
      if (method === 'PUT' && ifMatch === '"hash-2"') return [412, { title: 'x', status: 412 }]
      if (method === 'GET' && sent.some((one) => one.method === 'PUT')) return [200, theirs]
      return undefined
    }
    const user = await rename('Calmer')
    await user.click(await screen.findByRole('button', { name: 'Save draft' }))
    expect(await screen.findByText('"Calmest"')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Keep mine' }))
    await waitFor(() => {
      const puts = sent.filter((one) => one.method === 'PUT')
      expect(puts.map((one) => one.ifMatch)).toEqual(['"hash-2"', '"hash-x"'])
    })
  })
})

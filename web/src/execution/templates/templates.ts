import { call, query } from '../../api/query'

export type Variant = { subject?: string; preheader?: string; mjml?: string; text?: string }

/** The body of a template as far as the screens read it. */
export type Template = {
  name?: Record<string, string>
  purpose?: string
  variants?: Record<string, Variant>
}

/** The server checked the body when it was saved; its description leaves the type open. */
export const templateOf = (body: unknown) => body as Template

export const preview = (
  body: {
    template: unknown
    customer_id?: string
    language?: string
    offer?: string
  },
  signal: AbortSignal,
) =>
  // The description of the API calls the template by its exact shape; drafts may lack parts.
  call('post', '/api/templates/preview', { body: body as never, signal })

export const fieldsQuery = (key: string) => query('/api/templates/{key}/fields', { path: { key } })

/** Where the server says a template could not be written. */
export type Place = { language: string; part: string; line: number }

export function placeOf(document: object): Place | null {
  const { language, part, line } = document as Partial<Place> // Extra members of the problem.
  return typeof language === 'string' && typeof part === 'string' && typeof line === 'number'
    ? { language, part, line }
    : null
}

/** A message of the check names its line in words: `line 4: …`. */
export function lineIn(message: string): number {
  return Number(/\bline (\d+)/.exec(message)?.[1] ?? 1)
}

const starter = (hello: string, unsubscribe: string) => `<mjml>
  <mj-body background-color="#f6f8fa">
    <mj-section background-color="#ffffff" padding="24px 16px">
      <mj-column>
        <mj-text font-size="16px" line-height="24px">${hello}</mj-text>
      </mj-column>
    </mj-section>
    <mj-section padding="16px">
      <mj-column>
        <mj-text font-size="13px" color="#525d6d">
          <a href="{{ links.unsubscribe }}">${unsubscribe}</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`

export const blankVariant = (language: string): Variant => ({
  subject: '',
  preheader: '',
  mjml: language.startsWith('zh')
    ? starter('您好，{{ customer.first_name | default: "朋友" }}：', '退订')
    : starter('Hello {{ customer.first_name | default: "there" }},', 'Unsubscribe'),
})

export const blank = {
  name: { en: '' },
  channel: 'email',
  purpose: 'marketing',
  variants: { en: blankVariant('en') },
}

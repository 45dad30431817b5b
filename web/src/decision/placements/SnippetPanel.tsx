import { useTranslation } from 'react-i18next'
import { type Definition, useForm } from '../../app/definition'
import { CodeSnippet, Panel } from '../../ui'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The box for a page of the site; the tag fills it. */
export function SnippetPanel({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('placements')
  const form = useForm()
  if (!definition) return null
  const title = escaped(form.text('/fallback/title'))
  const text = escaped(form.text('/fallback/text'))
  const inner = [title && `  <strong>${title}</strong>`, text && `  <p>${text}</p>`]
  const lines = inner.filter(Boolean).join('\n')
  const box = `<div\n  data-rapport-placement="${definition.key}"\n  style="min-height: 8rem"\n>`
  const html = lines ? `${box}\n${lines}\n</div>` : `${box}</div>`
  return (
    <Panel title={t('snippet.title')}>
      <p style={{ marginTop: 0 }}>{t('snippet.text')}</p>
      <CodeSnippet code={html} label={t('snippet.title')} />
    </Panel>
  )
}

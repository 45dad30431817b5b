import { useTranslation } from 'react-i18next'

const readable = (value: string) => {
  const text = value.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** What was done and to what kind of thing, in words; unknown ones made readable. */
export function useAuditWords() {
  const { i18n } = useTranslation()
  const known = (list: 'action' | 'kind') => (value: string) => {
    const text: unknown = i18n.getResource(i18n.language, 'audit', `${list}.${value}`)
    return typeof text === 'string' ? text : readable(value)
  }
  return { action: known('action'), kind: known('kind') }
}

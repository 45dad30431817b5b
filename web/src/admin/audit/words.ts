import { useTranslation } from 'react-i18next'
import type { AuditRow } from './audit'

const readable = (value: string) => {
  const text = value.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** What was done, by whom and to what kind of thing, in words; unknown ones made readable. */
export function useAuditWords() {
  const { t, i18n } = useTranslation('audit')
  const known = (list: 'action' | 'kind') => (value: string) => {
    const text: unknown = i18n.getResource(i18n.language, 'audit', `${list}.${value}`)
    return typeof text === 'string' ? text : readable(value)
  }
  const all = (list: 'action' | 'kind') => {
    const words: unknown = i18n.getResource(i18n.language, 'audit', list)
    return Object.entries(words ?? {})
      .map(([value, word]) => ({ value, label: String(word) }))
      .sort((a, b) => a.label.localeCompare(b.label, i18n.language))
  }
  // What the program's own commands did, nobody signed in for.
  const own = (text: string) => (text === 'command' ? t('by_command') : text)
  return {
    action: known('action'),
    kind: known('kind'),
    /** Everything that can be done, and to what, in the order of the words. */
    actions: () => all('action'),
    kinds: () => all('kind'),
    actor: (row: Pick<AuditRow, 'actor' | 'actor_name'>) => own(row.actor_name || row.actor),
    address: (row: Pick<AuditRow, 'address'>) => own(row.address) || '–',
  }
}

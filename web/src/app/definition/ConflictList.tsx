import { useTranslation } from 'react-i18next'
import type { Answer } from '../../api/query'
import { useWord } from '../../locales/words'
import type { Kind } from './definitions'
import classes from './form.module.css'

export type Conflict = Answer<'get', '/api/conflicts'>['conflicts'][number]

/** Conflicts are found in definitions, whose kinds the pages know. */
export const kindOf = (conflict: Conflict) => conflict.kind as Kind

/** A conflict in the language of the screen. */
export function useConflictText(): (conflict: Conflict) => { text: string; remedy: string } {
  const { t, i18n } = useTranslation('conflicts')
  const word = useWord()
  return (conflict) => {
    const { channel, message, ...detail } = conflict.detail as Record<string, string>
    const values = {
      ...detail,
      message: message ?? conflict.message,
      channel: channel ? word('channel', channel) : '',
    }
    // The checker may know more than this page: then its own words stand there.
    const known = i18n.exists(`conflicts:text.${conflict.code}`)
    return {
      text: known ? t(`text.${conflict.code}`, values) : conflict.message,
      remedy: known ? t(`remedy.${conflict.code}`, values) : conflict.remedy,
    }
  }
}

/** Conflicts with reason, place and remedy. */
export function ConflictList({ conflicts }: { conflicts: Conflict[] }) {
  const { t } = useTranslation('conflicts')
  const read = useConflictText()
  return (
    <ul>
      {conflicts.map((conflict) => {
        const { text, remedy } = read(conflict)
        return (
          <li key={conflict.kind + conflict.key + conflict.path + conflict.code}>
            <strong>{t('at', { kind: t(`kind.${kindOf(conflict)}`), key: conflict.key })}</strong>{' '}
            {text} <span className={classes.soft}>{remedy}</span>
          </li>
        )
      })}
    </ul>
  )
}

import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import type { Answer } from '../../api/query'
import { useWord } from '../../locales/words'
import { sentence, useFormat } from '../../ui'
import type { Kind } from './definitions'
import classes from './form.module.css'
import { useProblemText } from './useProblemText'

export type Conflict = Answer<'get', '/api/conflicts'>['conflicts'][number]

/** Conflicts are found in definitions, whose kinds the pages know. */
export const kindOf = (conflict: Conflict) => conflict.kind as Kind

/** What a conflict tells besides its code; each code has its own part of it. */
type Detail = {
  channel?: string
  message?: string
  /** The code and particulars of what does not go together. */
  problem?: string | null
  values?: Record<string, unknown>
  /** Another definition of the same kind. */
  other?: string
  policy?: string
  subject?: string
  on?: string | null
  at_most?: number
  held?: number
  currency?: string | null
  offer?: string
  /** What one acceptance of the offer costs. */
  cost?: number
  /** The attributes that would need several values. */
  attributes?: string[]
}

/** Some conflicts are told in other words where their particulars say so. */
function wordsFor(code: Conflict['code'], { at_most, held, subject, attributes }: Detail) {
  if (code === 'offer_eligible_by_lists_only' && attributes?.length) {
    return 'offer_eligible_by_lists_only_named'
  }
  if (code === 'cap_spent' && at_most === 0) return 'cap_spent_nothing'
  if (code === 'cap_spent' && held) return 'cap_spent_promised'
  if (code === 'experiments_together' && subject === 'offers') return 'experiments_together_offers'
  return code
}

/** A conflict in the language of the screen. */
export function useConflictText(): (conflict: Conflict) => { text: string; remedy: string } {
  const { t, i18n } = useTranslation('conflicts')
  const word = useWord()
  const format = useFormat()
  const problem = useProblemText()
  const nameOf = useNames()
  const listed = new Intl.ListFormat(i18n.language)
  return (conflict) => {
    const { code, kind } = conflict
    // The server writes each code's particulars as they are described above.
    const detail = conflict.detail as Detail
    const message = detail.message ?? conflict.message
    const told = problem({ message, code: detail.problem, values: detail.values })
    const amount = (value: number | undefined) =>
      detail.currency ? format.money(value ?? 0, detail.currency) : format.number(value ?? 0)
    const on = detail.on ? nameOf(detail.subject ?? '', detail.on) : ''
    const values = {
      ...detail,
      message: sentence(told.message),
      channel: detail.channel ? word('channel', detail.channel) : '',
      // The other limit of a policy has a key only.
      other: code === 'limit_unreachable' ? detail.other : nameOf(kind, detail.other ?? ''),
      policy: detail.policy ? nameOf('policy', detail.policy) : '',
      on: on && `${word('definition_kind', detail.subject)} “${on}”`,
      at_most: amount(detail.at_most),
      held: amount(detail.held),
      offer: detail.offer ? nameOf('offer', detail.offer) : '',
      cost: amount(detail.cost),
      attributes: listed.format((detail.attributes ?? []).map((one) => `“${one}”`)),
      count: detail.attributes?.length ?? 0,
    }
    // The checker may know more than this page: then its own words stand there.
    if (!i18n.exists(`conflicts:text.${code}`)) {
      return { text: conflict.message, remedy: conflict.remedy }
    }
    const words = wordsFor(code, detail)
    const remedy = words === 'cap_spent_promised' ? words : code
    return { text: t(`text.${words}`, values), remedy: t(`remedy.${remedy}`, values) }
  }
}

/** The names of what conflicts speak of, by kind and key. */
function useNames(): (kind: string, key: string) => string {
  const names = {
    experiment: useDefinitionName('experiment'),
    journey: useDefinitionName('journey'),
    offer: useDefinitionName('offer'),
    placement: useDefinitionName('placement'),
    policy: useDefinitionName('policy'),
    strategy: useDefinitionName('strategy'),
  }
  return (kind, key) => (kind in names ? names[kind as keyof typeof names](key) : key)
}

/** Conflicts with reason, place and remedy. */
export function ConflictList({ conflicts }: { conflicts: Conflict[] }) {
  const read = useConflictText()
  return (
    <ul>
      {conflicts.map((conflict) => {
        const { text, remedy } = read(conflict)
        return (
          <li key={conflictKey(conflict)}>
            <strong>
              <Which conflict={conflict} />
            </strong>{' '}
            {text} <span className={classes.soft}>{remedy}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** Several of one kind may concern one place. */
export const conflictKey = (conflict: Conflict) =>
  [
    conflict.kind,
    conflict.key,
    conflict.path,
    conflict.code,
    JSON.stringify(conflict.detail),
  ].join()

/** The definition that a conflict is about, by its name. */
function Which({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation('conflicts')
  const name = useDefinitionName(kindOf(conflict))
  return <>{t('at', { kind: t(`kind.${kindOf(conflict)}`), name: name(conflict.key) })}</>
}

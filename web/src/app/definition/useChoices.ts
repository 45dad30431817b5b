import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { useOwnText } from '../../locales/words'
import { bodyOf, type Definition, type Kind } from './definitions'
import type { Choice } from './fields'

type Choices = {
  /** All of them by name, for fields, which offer the retired ones no more. */
  choices: Choice[]
  /** All of them by name, to look for what was done with them, too. */
  all: { value: string; label: string }[]
  /** Themselves, in the same order. */
  items: Definition[]
}

/** The definitions of a kind to choose from. */
export function useChoices(kind: Kind): Choices {
  const { t } = useTranslation('definition')
  const ownText = useOwnText()
  const list = useQuery({
    ...query('/api/definitions/{kind}', { path: { kind }, query: { limit: 500 } }),
    staleTime: 60_000,
  })
  const items = list.data?.items ?? []
  const choices = items.map((one) => {
    const name = ownText(bodyOf(one).name) || one.title || one.key
    const retired = one.state === 'retired'
    return { value: one.key, label: retired ? t('name_retired', { name }) : name, retired }
  })
  const all = choices.map(({ value, label }) => ({ value, label }))
  return { choices, all, items }
}

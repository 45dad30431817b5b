import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Answer, type Item, query } from './query'
import { useMay } from './session'

export type Channel = Item<'/api/learning/models'>['channel']
type Models = Answer<'get', '/api/learning/models'>['items']

/** How well a propensity is known. */
export type Evidence =
  /** Enough outcomes are known to rely on it. */
  | { kind: 'proven' }
  /** Nobody learns: the marketers say so. */
  | { kind: 'estimate' }
  /** A guess so far, that rests on so many outcomes. */
  | { kind: 'guess'; outcomes: number }

/** What is learned about the offers of a channel, as far as the person may see it. */
export function useLearned(channel: Channel | undefined): {
  evidence: (offer: string) => Evidence | undefined
  /** The share of average customers who accept; nothing where nobody learns. */
  rate: (offer: string) => number | undefined
} {
  const may = useMay()
  const usual = { staleTime: 60_000, retry: false }
  const allowed = may('view_reports') && channel !== undefined
  const models = useQuery({
    ...query('/api/learning/models', { query: { channel, limit: 500 } }),
    ...usual,
    enabled: allowed,
  })
  const overview = useQuery({ ...query('/api/learning', {}), ...usual, enabled: allowed })
  const fixed = overview.data?.learning.algorithm === 'fixed'
  const of = (offer: string) => models.data?.items.find((one) => one.offer === offer)
  return {
    evidence: (offer) => {
      const known = overview.data && of(offer)
      if (!known) return undefined
      return fixed ? { kind: 'estimate' } : evidence(known, overview.data.learning)
    },
    rate: (offer) => (overview.data && !fixed ? of(offer)?.rate : undefined),
  }
}

/** An offer is proven after 200 presentations unless its strategy says otherwise. */
const usuallyProvenAfter = 200

function evidence(
  { settled_count }: Models[number],
  learning: Answer<'get', '/api/learning'>['learning'],
): Evidence {
  const provenAfter = learning.new_offers?.proven_after ?? usuallyProvenAfter
  if (settled_count >= provenAfter) return { kind: 'proven' }
  return { kind: 'guess', outcomes: Math.round(settled_count) }
}

/** What an unproven propensity rests on, in words. */
export function useGuess(): (evidence: Exclude<Evidence, { kind: 'proven' }>) => string {
  const { t } = useTranslation('words')
  return (evidence) => {
    if (evidence.kind === 'estimate') return t('evidence.estimate')
    const { outcomes } = evidence
    return outcomes > 0 ? t('evidence.guess', { count: outcomes }) : t('evidence.unknown')
  }
}

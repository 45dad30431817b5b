import { useTranslation } from 'react-i18next'
import { useWord } from '../locales/words'
import { useFormat } from '../ui'
import { useDefinitionName } from './names'
import type { Answer } from './query'

type Reason = Answer<'get', '/api/decisions/{decision_id}'>['proposals'][number]['reasons'][number]

/** Why a proposal was removed, in the language of the screen, with its particulars. */
export function useReasonText(): (reason: Reason) => { reason: string; detail?: string } {
  const { t } = useTranslation('words')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  return ({ code, detail }) => {
    const { until, views, limit, at_most, offer } = detail ?? {}
    const parts = [
      typeof limit === 'string' && t('detail.limit', { limit, most: String(at_most ?? '') }),
      typeof offer === 'string' && offerName(offer),
      typeof views === 'number' && t('detail.views', { count: views }),
      typeof until === 'string' && t('detail.until', { moment: format.moment(until) }),
    ].filter((one) => one)
    return { reason: word('reason', code), detail: parts.join(' · ') || undefined }
  }
}

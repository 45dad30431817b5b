import { useTranslation } from 'react-i18next'
import { StatusBadge, type Tone } from '../../ui'
import type { Validity } from './offers'

const tones: Record<Validity, Tone> = {
  now: 'plain',
  later: 'plain',
  ended: 'bad',
  ends_soon: 'warn',
}

export function ValidityBadge({ validity }: { validity: Validity }) {
  const { t } = useTranslation('offers')
  return <StatusBadge tone={tones[validity]} icon="clock" word={t(`validity.${validity}`)} />
}

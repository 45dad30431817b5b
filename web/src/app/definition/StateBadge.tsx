import { useTranslation } from 'react-i18next'
import { StatusBadge, type Tone } from '../../ui'
import { type Standing, standing } from './definitions'

const tones: Record<Standing, Tone> = {
  draft: 'plain',
  published: 'good',
  newer_draft: 'warn',
  retired: 'bad',
}

/** Where a definition stands, in a word. */
export function StateBadge({ definition }: { definition: Parameters<typeof standing>[0] }) {
  const { t } = useTranslation('definition')
  const stand = standing(definition)
  const icons = { draft: 'edit', published: 'check', newer_draft: 'edit', retired: 'lock' } as const
  return <StatusBadge tone={tones[stand]} icon={icons[stand]} word={t(`standing.${stand}`)} />
}

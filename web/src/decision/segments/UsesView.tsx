import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import type { Definition } from '../../app/definition'
import { items } from '../../app/navigation'
import { useWord } from '../../locales/words'
import { EmptyState, ErrorPanel, Panel, Skeleton } from '../../ui'
import classes from './Segments.module.css'
import { usesQuery } from './segments'

/** The definitions that name the segment. */
export function UsesView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('segments')
  const word = useWord()
  const names = {
    offer: useDefinitionName('offer'),
    journey: useDefinitionName('journey'),
    placement: useDefinitionName('placement'),
    segment: useDefinitionName('segment'),
    strategy: useDefinitionName('strategy'),
  }
  const key = definition?.key ?? ''
  const uses = useQuery({ ...usesQuery(key), enabled: key !== '' })
  if (!definition) return <EmptyState title={t('uses.none')} text={t('uses.none_text')} />
  if (uses.isPending) return <Skeleton lines={4} />
  if (uses.error) return <ErrorPanel error={uses.error} retry={() => uses.refetch()} />
  if (uses.data.length === 0) {
    return <EmptyState title={t('uses.none')} text={t('uses.none_text')} />
  }
  return (
    <Panel title={t('uses.title')}>
      <ul className={classes.list}>
        {uses.data.map((one) => {
          const name = names[one.kind as keyof typeof names]?.(one.key) ?? one.title
          const home = items.find((item) => item.kind === one.kind)?.path
          return (
            <li key={`${one.kind} ${one.key}`}>
              <span className={classes.soft}>{word('definition_kind', one.kind)}</span>{' '}
              {home ? <Link to={`${home}/${one.key}`}>{name}</Link> : name}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { nameOf } from '../../api/names'
import { query } from '../../api/query'
import { experimentPath } from '../../awareness/experiments/nav'
import { useOwnText } from '../../locales/words'
import { onPlacement } from './experiments'

/** The experiments that run on a placement, each leading to its page. */
export function ExperimentsLine({ placement }: { placement: string }) {
  const { t } = useTranslation('placements')
  const ownText = useOwnText()
  const list = useQuery({
    ...query('/api/definitions/{kind}', { path: { kind: 'experiment' }, query: { limit: 500 } }),
    staleTime: 60_000,
  })
  const found = onPlacement(list.data?.items ?? [], placement, Date.now())
  if (found.length === 0) return null
  return (
    <p style={{ margin: 0 }}>
      {t('experiments', { count: found.length })}{' '}
      {found.map((one, at) => (
        <Fragment key={one.key}>
          {at > 0 && ' · '}
          <Link to={experimentPath(one.key)}>{ownText(nameOf(one.body)) || one.title}</Link>
        </Fragment>
      ))}
    </p>
  )
}

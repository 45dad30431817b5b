import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { ErrorPanel, Skeleton, StatusBadge } from '../../ui'
import { ConflictList } from './ConflictList'
import { type AnyBody, type Kind, onTheWire } from './definitions'

/** What would stand in its own way if this were in use, and what would not any more. */
export function ConflictCheck({ kind, name, body }: { kind: Kind; name: string; body: AnyBody }) {
  const { t } = useTranslation('conflicts')
  const check = useQuery({
    queryKey: ['/api/conflicts/check', kind, name, body],
    queryFn: () =>
      call('post', '/api/conflicts/check', { body: { kind, key: name, body: onTheWire(body) } }),
    staleTime: 10_000,
  })
  if (check.isPending) return <Skeleton lines={2} />
  if (check.error)
    return <ErrorPanel error={Problem.of(check.error)} retry={() => check.refetch()} />
  const { new: added, gone } = check.data
  if (added.length === 0 && gone.length === 0) {
    return (
      <div>
        <StatusBadge tone="good" word={t('none_with_it')} />
      </div>
    )
  }
  return (
    <>
      {added.length > 0 && (
        <div>
          <StatusBadge tone="warn" word={t('with_it', { count: added.length })} />
          <ConflictList conflicts={added} />
        </div>
      )}
      {gone.length > 0 && (
        <div>
          <StatusBadge tone="good" word={t('gone', { count: gone.length })} />
          <ConflictList conflicts={gone} />
        </div>
      )}
    </>
  )
}

import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { Problem } from '../../api/problem'
import { EmptyState, ErrorPanel, Skeleton } from '../../ui'
import classes from './AgentPage.module.css'
import { foundPages } from './agent'

/** Who matches what the caller said: name, order, card or telephone number. */
export function Found({ asked, choose }: { asked: string; choose: (id: string) => void }) {
  const { t } = useTranslation('agent')
  const customerName = useCustomerName()
  const found = useInfiniteQuery(foundPages(asked))
  if (found.error) {
    return <ErrorPanel error={Problem.of(found.error)} retry={() => found.refetch()} />
  }
  if (found.isPending) return <Skeleton />
  const people = found.data.pages[0]?.items ?? []
  if (people.length === 0) {
    return <EmptyState title={t('none.title', { asked })} text={t('none.text')} />
  }
  return (
    <ul className={classes.found} style={{ marginTop: 12 }}>
      {people.map((one) => (
        <li key={one.customer_id} data-row="">
          <button
            type="button"
            className={classes.person}
            data-row-link=""
            onClick={() => choose(one.customer_id)}
          >
            <b>{customerName(one.customer_id, one.label)}</b>
            <br />
            <span className={classes.soft}>
              {one.identifiers.map((identifier) => identifier.value).join(' · ')}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

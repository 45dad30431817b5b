import { Button, Switch } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import {
  EmptyState,
  ErrorPanel,
  Filters,
  PageHeader,
  Skeleton,
  StatusBadge,
  useUrl,
  When,
} from '../../ui'
import { LetterView } from './LetterView'
import classes from './MailboxPage.module.css'
import { type LetterRow, letterPages } from './mailbox'
import { mailboxPath } from './nav'

/** What customers find in their inbox, as long as no mail really leaves. */
export default function MailboxPage() {
  const { t } = useTranslation('mailbox')
  const [search, setSearch] = useUrl()
  const unread = search.unread === '1'
  const rows = useInfiniteQuery({
    ...letterPages({ ...(unread ? { unread } : {}), customer_id: search.customer }),
    refetchInterval: 5_000,
  })
  const letters = rows.data?.pages.flatMap((page) => page.items) ?? []
  const open = search.letter
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <Filters>
        <Switch
          label={t('unread_only')}
          checked={unread}
          onChange={(event) => setSearch({ unread: event.currentTarget.checked ? '1' : null })}
        />
        {search.customer && (
          <Button variant="default" onClick={() => setSearch({ customer: null })}>
            {t('every_customer')}
          </Button>
        )}
      </Filters>
      {rows.isPending && <Skeleton lines={8} />}
      {rows.error && <ErrorPanel error={Problem.of(rows.error)} retry={() => rows.refetch()} />}
      {rows.data && letters.length === 0 && !open && (
        <Nothing filtered={unread || Boolean(search.customer)} />
      )}
      {(letters.length > 0 || open) && (
        <div className={classes.split} data-open={open ? true : undefined}>
          <div className={classes.list}>
            <ul className={classes.letters} aria-label={t('title')}>
              {letters.map((letter) => (
                <LetterLine key={letter.id} letter={letter} open={letter.id === open} />
              ))}
            </ul>
            {rows.hasNextPage && (
              <Button
                variant="default"
                fullWidth
                loading={rows.isFetchingNextPage}
                onClick={() => rows.fetchNextPage()}
              >
                {t('earlier')}
              </Button>
            )}
          </div>
          <div className={classes.letter}>
            {open ? (
              <LetterView key={open} id={open} close={() => setSearch({ letter: null })} />
            ) : (
              <EmptyState title={t('choose')} />
            )}
          </div>
        </div>
      )}
    </>
  )
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation(['mailbox', 'ui'])
  const [, setSearch] = useUrl()
  if (!filtered) return <EmptyState title={t('empty.title')} text={t('empty.text')} />
  return (
    <EmptyState
      title={t('ui:table.nothing_matches')}
      text={t('none')}
      actions={
        <Button variant="default" onClick={() => setSearch({ unread: null, customer: null })}>
          {t('ui:table.clear_filter')}
        </Button>
      }
    />
  )
}

function LetterLine({ letter, open }: { letter: LetterRow; open: boolean }) {
  const { t } = useTranslation('mailbox')
  const [search] = useUrl()
  const unread = !letter.read_at
  return (
    <li data-row="">
      <Link
        to={mailboxPath}
        search={{ ...search, letter: letter.id } as never}
        className={classes.line}
        data-unread={unread || undefined}
        aria-current={open ? 'true' : undefined}
        data-row-link=""
      >
        <span className={classes.recipient}>
          {letter.recipient}
          {unread && <StatusBadge tone="ours" icon="dot" word={t('unread')} />}
        </span>
        <span className={classes.subject}>{letter.subject}</span>
        <span className={classes.when}>
          <When at={letter.received_at} />
        </span>
      </Link>
    </li>
  )
}

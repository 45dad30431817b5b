import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { customerPath } from '../../memory/customers/nav'
import { EmptyState, ErrorPanel, Icon, Panel, Skeleton, When } from '../../ui'
import { MailView } from '../mail/MailView'
import { messagePath } from '../messages/nav'
import classes from './MailboxPage.module.css'
import { letterQuery, useRead } from './mailbox'

/** One mail; opening it is reading it. */
export function LetterView({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation('mailbox')
  const letter = useQuery({ ...letterQuery(id), staleTime: 60_000 })
  const { mutate: read } = useRead()
  const unread = letter.data && !letter.data.read_at
  useEffect(() => {
    if (unread) read({ path: { id } })
  }, [unread, read, id])
  const back = (
    <Button
      variant="default"
      className={classes.back}
      leftSection={<Icon name="back" size={14} />}
      onClick={close}
    >
      {t('back')}
    </Button>
  )
  if (letter.isPending) return <Skeleton lines={8} />
  if (letter.error) {
    return (
      <>
        {back}
        {letter.error.status === 404 ? (
          <EmptyState title={t('gone')} />
        ) : (
          <ErrorPanel error={letter.error} retry={() => letter.refetch()} />
        )}
      </>
    )
  }
  const { data } = letter
  return (
    <>
      {back}
      <Panel title={data.subject} side="ours">
        <p className={classes.facts}>
          {t('to', { recipient: data.recipient })} · <When at={data.received_at} exact />
          <br />
          <Link to={customerPath(data.customer_id)}>{t('customer')}</Link> ·{' '}
          <Link to={messagePath(data.message_id)}>{t('message')}</Link>
        </p>
        <MailView mail={{ ...data, subject: '' }} title={data.subject} height="62vh" />
      </Panel>
    </>
  )
}

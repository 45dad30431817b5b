import { Button, NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName, useDefinitionName } from '../../api/names'
import { useChoices } from '../../app/definition'
import { useWord } from '../../locales/words'
import { customerPath } from '../../memory/customers/nav'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  StatusBadge,
  useUrl,
  When,
} from '../../ui'
import { type MessageRow, messagePages, states, tones } from './messages'
import { messagePath } from './nav'
import { OutboxPanel } from './OutboxPanel'

export default function MessagesPage() {
  const { t } = useTranslation('messages')
  const [search, setSearch] = useUrl()
  const { state, journey, template, customer } = search
  const rows = useInfiniteQuery({
    ...messagePages({ state, journey, template, customer_id: customer }),
    refetchInterval: 10_000,
  })
  const narrowed = Boolean(state || journey || template || customer)
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <OutboxPanel />
      <MessageFilters />
      <DataTable
        label={t('title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => messagePath(row.id)}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
        filtered={
          narrowed
            ? {
                text: t('none'),
                clear: () =>
                  setSearch({ state: null, journey: null, template: null, customer: null }),
              }
            : undefined
        }
      />
    </>
  )
}

function MessageFilters() {
  const { t } = useTranslation('messages')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const journeys = useChoices('journey').all
  const templates = useChoices('template').all
  return (
    <Filters>
      <NativeSelect
        aria-label={t('column.state')}
        data-shortcut="/"
        value={search.state ?? ''}
        data={[
          { value: '', label: t('every_state') },
          ...states.map((value) => ({ value, label: word('message_state', value) })),
        ]}
        onChange={(event) => setSearch({ state: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label={t('column.journey')}
        value={search.journey ?? ''}
        data={[{ value: '', label: t('every_journey') }, ...journeys]}
        onChange={(event) => setSearch({ journey: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label={t('column.template')}
        value={search.template ?? ''}
        data={[{ value: '', label: t('every_template') }, ...templates]}
        onChange={(event) => setSearch({ template: event.currentTarget.value })}
      />
      {search.customer && (
        <Button variant="default" onClick={() => setSearch({ customer: null })}>
          {t('every_customer')}
        </Button>
      )}
    </Filters>
  )
}

function useColumns(): Column<MessageRow>[] {
  const { t } = useTranslation('messages')
  const word = useWord()
  const template = useDefinitionName('template')
  const journey = useDefinitionName('journey')
  const customerName = useCustomerName()
  return [
    {
      key: 'subject',
      header: t('column.message'),
      wrap: true,
      cell: (row) => row.subject ?? template(row.template),
    },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) => (
        <StatusBadge tone={tones[row.state]} word={word('message_state', row.state)} />
      ),
    },
    {
      key: 'reason',
      header: t('column.reason'),
      wrap: true,
      cell: (row) => (row.reason ? word('message_reason', row.reason) : '–'),
    },
    {
      key: 'customer',
      header: t('column.customer'),
      cell: (row) => (
        <Link to={customerPath(row.customer_id)}>
          {customerName(row.customer_id, row.customer_label)}
        </Link>
      ),
    },
    { key: 'channel', header: t('column.channel'), cell: (row) => word('channel', row.channel) },
    {
      key: 'journey',
      header: t('column.journey'),
      cell: (row) => (row.journey ? journey(row.journey) : '–'),
    },
    { key: 'updated', header: t('column.updated'), cell: (row) => <When at={row.updated_at} /> },
  ]
}

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type AnyBody, bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { StatusBadge, sentence, useFormat, When } from '../../ui'
import classes from './Feeds.module.css'
import { kindOf, placeOf, type Standing, standingsQuery, tones } from './feeds'
import { feedPath } from './nav'

export default function FeedsPage() {
  const { t } = useTranslation('feeds')
  const common = useCommonColumns()
  const standings = useQuery({ ...standingsQuery(), refetchInterval: 3_000, retry: false })
  const of = (key: string) => standings.data?.items.find((one) => one.feed === key)
  return (
    <DefinitionList
      setup={{
        kind: 'feed',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: feedPath,
      }}
      columns={[
        common.name,
        {
          key: 'from',
          header: t('column.from'),
          wrap: true,
          cell: (row) => <From body={bodyOf(row)} />,
        },
        {
          key: 'works',
          header: t('column.works'),
          cell: (row) => <Works standing={of(row.key)} />,
        },
        {
          key: 'last',
          header: t('column.last'),
          cell: (row) => <Last standing={of(row.key)} />,
        },
        {
          key: 'taken',
          header: t('column.taken'),
          align: 'end',
          cell: (row) => <Count of={of(row.key)?.accepted_count} />,
        },
        {
          key: 'lag',
          header: t('column.lag'),
          align: 'end',
          cell: (row) => <Count of={of(row.key)?.lag_count} />,
        },
        common.state,
      ]}
    />
  )
}

function From({ body }: { body: AnyBody }) {
  const { t } = useTranslation('feeds')
  const from: unknown = body.from
  const kind = from !== null && typeof from === 'object' ? Reflect.get(from, 'kind') : null
  return (
    <>
      {t(`kind.${kindOf(kind)}`)} <span className={classes.soft}>{placeOf(from)}</span>
    </>
  )
}

function Works({ standing }: { standing: Standing | undefined }) {
  const { t } = useTranslation('feeds')
  if (!standing) return '–'
  return (
    <>
      <StatusBadge tone={tones[standing.state]} word={t(`state.${standing.state}`)} />
      {standing.error && <span className={classes.error}>{sentence(standing.error)}</span>}
    </>
  )
}

function Last({ standing }: { standing: Standing | undefined }) {
  const { t } = useTranslation('feeds')
  if (!standing) return '–'
  return (
    <>
      {standing.read_at ? <When at={standing.read_at} /> : '–'}
      {standing.due_at && (
        <span className={classes.soft}>
          {' '}
          · {t('next')} <When at={standing.due_at} />
        </span>
      )}
    </>
  )
}

function Count({ of }: { of: number | null | undefined }) {
  const format = useFormat()
  return of === null || of === undefined ? '–' : format.number(of)
}

import { ActionIcon, Button, NativeSelect } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import {
  AsOf,
  EmptyState,
  ErrorPanel,
  Icon,
  PageHeader,
  Skeleton,
  useFormat,
  useUrl,
} from '../../ui'
import { CellDrawer } from '../explore/CellDrawer'
import { FilterBar } from '../explore/FilterBar'
import { PeriodField } from '../explore/PeriodField'
import { SavedViews } from '../explore/SavedViews'
import { post } from '../explore/segment'
import { ZoneField } from '../explore/ZoneField'
import { inZone, readersZone } from '../explore/zone'
import { BreakdownPanel } from './BreakdownPanel'
import { CartsPanel, FormsPanel } from './CartsPanel'
import { CountsMenu } from './CountsMenu'
import { LivePanel } from './LivePanel'
import { MetricsPanel } from './MetricsPanel'
import { webPath } from './nav'
import classes from './Web.module.css'
import {
  answerQuery,
  nothingBefore,
  type Only,
  panels,
  type Question,
  readOnly,
  readQuestion,
  uncompared,
  writeOnly,
} from './web'
import { useValueName } from './words'

/** One page of everything that visits tell; every row filters, every number has its visitors. */
export default function WebPage() {
  const { t } = useTranslation('web')
  const [search, setSearch] = useUrl()
  const question = readQuestion(search)
  const only = readOnly(search.only)
  const zone = question.zone ?? readersZone()
  const answer = useQuery({ ...answerQuery(question), placeholderData: keepPreviousData })
  const [visitorsOf, setVisitorsOf] = useState<{ only: Only[]; title: string } | null>(null)
  const setOnly = (next: Only[]) => setSearch({ only: writeOnly(next) })
  const filter = (one: Only) =>
    setOnly([...only.filter((known) => known.dimension !== one.dimension), one])
  const unequalled = answer.data !== undefined && nothingBefore(answer.data)
  const data = answer.data && unequalled ? uncompared(answer.data) : answer.data
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={
          <>
            {data && <AsOf at={data.as_of} />}
            <Button
              variant="default"
              component="a"
              href={`/api/web/table.csv?question=${encodeURIComponent(JSON.stringify(question))}`}
              download="web.csv"
              leftSection={<Icon name="download" size={14} />}
            >
              {t('download')}
            </Button>
            <SavedViews page="web" path={webPath} />
          </>
        }
      />
      <LivePanel />
      <div className={classes.ask}>
        <div className={classes.row}>
          <PeriodField
            value={question.period}
            zone={zone}
            withEver={false}
            onChange={({ days, from, until }) =>
              setSearch({ days: days ? String(days) : null, from, until, zone })
            }
          />
          <ZoneField
            value={zone}
            onChange={(next) => {
              const { from, until } = inZone(question.period, zone, next) ?? {}
              setSearch({ zone: next, from, until })
            }}
          />
          <NativeSelect
            label={t('unit')}
            value={question.unit}
            data={(['hour', 'day', 'week', 'month'] as const).map((value) => ({
              value,
              label: t(`units.${value}`),
            }))}
            onChange={(event) => setSearch({ unit: event.currentTarget.value })}
          />
          <NativeSelect
            label={t('compare')}
            value={question.compare ?? 'none'}
            data={(['previous', 'year', 'none'] as const).map((value) => ({
              value,
              label: t(`compared.${value}`),
            }))}
            onChange={(event) => setSearch({ compare: event.currentTarget.value })}
          />
          <CountsMenu question={question} />
        </div>
        <Chips only={only} remove={(one) => setOnly(only.filter((known) => known !== one))} />
        <FilterBar
          value={question.filter}
          onChange={(rule) => setSearch({ filter: rule ? JSON.stringify(rule) : null })}
        />
      </div>
      {answer.error && (
        <ErrorPanel error={Problem.of(answer.error)} retry={() => answer.refetch()} />
      )}
      {answer.isPending && <Skeleton lines={10} />}
      {data?.hidden && (
        <p className={classes.soft}>{t('hidden', { count: data.least_customers })}</p>
      )}
      {data && !data.hidden && data.total.visits === 0 && only.length === 0 && !question.filter && (
        <EmptyState title={t('empty.title')} text={t('empty.text')} />
      )}
      {data && (
        <div className={classes.page} aria-busy={answer.isFetching}>
          {unequalled && data.total.visits > 0 && (
            <p className={classes.soft}>{t('nothing_before')}</p>
          )}
          <MetricsPanel
            answered={data}
            unit={question.unit ?? 'day'}
            visitors={() => setVisitorsOf({ only, title: t('visitors') })}
          />
          <div className={classes.panels}>
            {panels.map((dimensions) => (
              <BreakdownPanel
                key={dimensions[0]}
                dimensions={dimensions}
                answered={data}
                filter={filter}
                visitors={(one, title) => setVisitorsOf({ only: [...only, one], title })}
              />
            ))}
            <CartsPanel answered={data} />
            <FormsPanel answered={data} />
          </div>
          <Bots answered={data.bots} />
        </div>
      )}
      {visitorsOf && (
        <Visitors
          question={{ ...question, only: visitorsOf.only }}
          title={visitorsOf.title}
          close={() => setVisitorsOf(null)}
        />
      )}
    </>
  )
}

function Bots({ answered }: { answered: number }) {
  const { t } = useTranslation('web')
  const format = useFormat()
  if (answered === 0) return null
  return (
    <p className={classes.soft}>
      {t('bots', { count: answered, number: format.number(answered) })}
    </p>
  )
}

function Chips({ only, remove }: { only: Only[]; remove: (one: Only) => void }) {
  const { t } = useTranslation('web')
  const name = useValueName()
  if (only.length === 0) return null
  return (
    <div className={classes.row}>
      {only.map((one) => (
        <span key={`${one.dimension} ${one.value}`} className={classes.chip}>
          {t('only', {
            dimension: t(`dimension.${one.dimension}`),
            value: name(one.dimension, one.value),
          })}
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label={t('remove', { value: name(one.dimension, one.value) })}
            onClick={() => remove(one)}
          >
            <Icon name="cross" size={12} />
          </ActionIcon>
        </span>
      ))}
    </div>
  )
}

function Visitors({
  question,
  title,
  close,
}: {
  question: Question
  title: string
  close: () => void
}) {
  return (
    <CellDrawer
      title={title}
      onClose={close}
      of={{
        key: ['web', question],
        page: (after, signal) =>
          call('post', '/api/web/customers', { body: { question, after }, signal }),
        ids: () => post('/api/web/customers/ids', { question }),
      }}
    />
  )
}

import { Button, CopyButton as Copying } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/query'
import {
  AsOf,
  EmptyState,
  ErrorPanel,
  Icon,
  PageHeader,
  Panel,
  Skeleton,
  useFormat,
  useUrl,
} from '../../ui'
import { CellDrawer } from './CellDrawer'
import classes from './Explore.module.css'
import { type Cell, type Progress, tableAddress, useAnswer, vocabularyQuery } from './explore'
import { FilterBar, partsOf, ruleOf } from './FilterBar'
import { explorePath } from './nav'
import { PeriodField } from './PeriodField'
import {
  type Answered,
  defaultView,
  type Kind,
  kindOf,
  kinds,
  type Question,
  readQuestion,
  type Vocabulary,
} from './question'
import { useQuestionPlace } from './questionPlace'
import { SavedViews } from './SavedViews'
import { post } from './segment'
import { ViewForm } from './ViewForm'
import { CohortView } from './views/CohortView'
import { CrossTabView } from './views/CrossTabView'
import { DistributionView } from './views/DistributionView'
import { FunnelView } from './views/FunnelView'
import { PathsView } from './views/PathsView'
import { RfmView } from './views/RfmView'
import { SeriesView } from './views/SeriesView'
import { ZoneField } from './ZoneField'
import { inZone } from './zone'

/** Any question about the customers; the whole view is the address. */
export default function ExplorePage() {
  const { t } = useTranslation('explore')
  const vocabulary = useQuery({
    ...vocabularyQuery(),
    // The first events are known a moment after they came.
    refetchInterval: ({ state }) => (state.data && isEmpty(state.data) ? 2_000 : false),
  })
  return (
    <>
      {vocabulary.error && (
        <>
          <PageHeader title={t('title')} lead={t('lead')} />
          <ErrorPanel error={vocabulary.error} retry={() => vocabulary.refetch()} />
        </>
      )}
      {vocabulary.isPending && <Skeleton lines={8} />}
      {vocabulary.data && <Explore vocabulary={vocabulary.data} />}
    </>
  )
}

function isEmpty({ events, attributes }: Vocabulary): boolean {
  return events.length === 0 && attributes.length === 0
}

function Explore({ vocabulary }: { vocabulary: Vocabulary }) {
  const { t } = useTranslation('explore')
  const [search, setSearch] = useUrl()
  const known = !isEmpty(vocabulary)
  const question: Question = readQuestion(search.q) ?? {
    view: defaultView('distribution', vocabulary),
  }
  const set = (change: Partial<Question>) =>
    setSearch({ q: JSON.stringify({ ...question, ...change }) })
  const { answer, progress } = useAnswer(known ? question : null)
  const kind = kindOf(question.view)
  // Without one the server takes this one.
  const zone = question.zone ?? 'UTC'
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={
          <>
            {answer.data && <AsOf at={answer.data.as_of} />}
            <Copying value={location.href}>
              {({ copied, copy }) => (
                <Button
                  variant="default"
                  onClick={copy}
                  leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
                >
                  {t('copy')}
                </Button>
              )}
            </Copying>
            <Button
              variant="default"
              component="a"
              href={tableAddress(question)}
              download="explore.csv"
              leftSection={<Icon name="download" size={14} />}
            >
              {t('download')}
            </Button>
            <SavedViews page="explore" path={explorePath} />
          </>
        }
      />
      {!known && <EmptyState title={t('no_data')} text={t('no_data_text')} />}
      {known && (
        <div className={classes.page}>
          <section className={classes.ask} aria-label={t('ask')}>
            <KindPicker
              kind={kind}
              choose={(next) => set({ view: defaultView(next, vocabulary) })}
            />
            <ViewForm
              view={question.view}
              vocabulary={vocabulary}
              onChange={(view) => set({ view })}
            />
            <div className={classes.row}>
              <PeriodField
                value={question.period}
                zone={zone}
                onChange={(period) => set({ period })}
              />
              <ZoneField
                value={zone}
                onChange={(next) =>
                  set({ zone: next, period: inZone(question.period, zone, next) })
                }
              />
            </div>
            <FilterBar
              value={question.filter}
              onChange={(filter) => set({ filter: filter as Question['filter'] })}
            />
          </section>
          <Result question={question} answer={answer} progress={progress} set={set} />
        </div>
      )}
    </>
  )
}

function KindPicker({ kind, choose }: { kind: Kind; choose: (kind: Kind) => void }) {
  const { t } = useTranslation('explore')
  return (
    <fieldset className={classes.kinds}>
      <legend className={classes.off}>{t('kinds')}</legend>
      {kinds.map((one) => (
        <label key={one} className={classes.kind} data-chosen={one === kind}>
          <input
            type="radio"
            name="kind"
            value={one}
            checked={one === kind}
            onChange={() => choose(one)}
          />
          {t(`kind.${one}`)}
        </label>
      ))}
    </fieldset>
  )
}

function Result({
  question,
  answer,
  progress,
  set,
}: {
  question: Question
  answer: ReturnType<typeof useAnswer>['answer']
  progress: Progress | null
  set: (change: Partial<Question>) => void
}) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const nameOf = useQuestionPlace()
  const [chosen, setChosen] = useState<{ cell: Cell; title: string } | null>(null)
  const choose = (cell: Cell, title: string) => setChosen({ cell, title })
  const data = answer.data
  return (
    <Panel
      title={t(`kind.${kindOf(question.view)}`)}
      side="theirs"
      aside={
        data?.population != null && (
          <span className={classes.soft}>
            {t('population', { count: data.population, number: format.number(data.population) })}
          </span>
        )
      }
    >
      {answer.error && (
        <ErrorPanel error={answer.error} nameOf={nameOf} retry={() => answer.refetch()} />
      )}
      {answer.isFetching && <Waiting progress={progress} />}
      {answer.isPending && !answer.isFetching && !answer.error && (
        <EmptyState
          title={t('cancelled')}
          actions={
            <Button variant="default" onClick={() => answer.refetch()}>
              {t('again')}
            </Button>
          }
        />
      )}
      {data && <Shown answered={data} choose={choose} />}
      {data && data.least_customers > 1 && (
        <p className={classes.soft}>{t('small', { count: data.least_customers })}</p>
      )}
      {chosen && data && (
        <CellDrawer
          title={chosen.title}
          of={{
            key: [data.question, chosen.cell],
            page: (after, signal) =>
              call('post', '/api/explore/customers', {
                body: { question: data.question, cell: chosen.cell, after },
                signal,
              }),
            ids: () =>
              post('/api/explore/customers/ids', { question: data.question, cell: chosen.cell }),
          }}
          onClose={() => setChosen(null)}
          onFilter={(rule) => {
            setChosen(null)
            set({ filter: ruleOf(partsOf(rule)) as Question['filter'] })
          }}
        />
      )}
    </Panel>
  )
}

function Waiting({ progress }: { progress: Progress | null }) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const queries = useQueryClient()
  return (
    <div className={classes.waiting} role="status">
      <span>
        {progress
          ? t('progress', {
              events: format.number(progress.events),
              done: progress.ranges_done,
              all: progress.ranges,
            })
          : t('asking')}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => queries.cancelQueries({ queryKey: ['/api/explore/answers'] })}
      >
        {t('cancel')}
      </Button>
    </div>
  )
}

function Shown({
  answered,
  choose,
}: {
  answered: Answered
  choose: (cell: Cell, title: string) => void
}) {
  const { shown, question } = answered
  const props = { question, choose }
  if ('distribution' in shown) return <DistributionView shown={shown.distribution} {...props} />
  if ('cross_tab' in shown) return <CrossTabView shown={shown.cross_tab} {...props} />
  if ('funnel' in shown) return <FunnelView shown={shown.funnel} {...props} />
  if ('cohort' in shown) return <CohortView shown={shown.cohort} {...props} />
  if ('rfm' in shown) return <RfmView shown={shown.rfm} {...props} />
  if ('series' in shown) return <SeriesView shown={shown.series} {...props} />
  return <PathsView shown={shown.paths} {...props} />
}

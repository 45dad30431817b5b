import { Button, NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { every } from '../../api/query'
import type { Definition } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import {
  AsOf,
  BandChart,
  EmptyState,
  ErrorPanel,
  Facts,
  Panel,
  Skeleton,
  StatusBadge,
  useFormat,
} from '../../ui'
import { type Report, reportQuery } from './experiments'
import classes from './Results.module.css'
import { ResultsTable } from './ResultsTable'
import { RollOut } from './RollOut'
import { useMetric, useShow, useVerdict, variantName } from './useWords'

type Points = Report['primary']['points']

/** What the experiment has found: the verdict, the numbers, the curve, and what to do about it. */
export function ResultsView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('experiments')
  if (!definition) {
    return <EmptyState title={t('results.unsaved')} text={t('results.unsaved_text')} />
  }
  return <KnownResults definition={definition} />
}

function KnownResults({ definition }: { definition: Definition }) {
  const report = useQuery({ ...reportQuery(definition.key), refetchInterval: every(15_000) })
  if (report.error) return <ErrorPanel error={report.error} retry={() => report.refetch()} />
  if (!report.data) return <Skeleton lines={10} />
  return <Results definition={definition} report={report.data} />
}

function Results({ definition, report }: { definition: Definition; report: Report }) {
  const { t } = useTranslation('experiments')
  const ownText = useOwnText()
  const metric = useMetric()
  const name = variantName(definition.body, ownText)
  const [shown, show] = useState(false)
  // Numbers of variants that were dealt wrongly are read too easily as results.
  const hidden = report.sample_ratio.alarm && !shown
  return (
    <div className={classes.page}>
      <Banner definition={definition} report={report} name={name} />
      {hidden ? (
        <Panel title={metric(report.primary.metric)} aside={<AsOf at={report.as_of} />}>
          <p className={classes.explained}>{t('results.hidden')}</p>
          <Button variant="default" onClick={() => show(true)}>
            {t('results.show_anyway')}
          </Button>
        </Panel>
      ) : (
        <>
          <Panel title={metric(report.primary.metric)} aside={<AsOf at={report.as_of} />}>
            <ResultsTable report={report} metric={report.primary} name={name} />
            <p className={classes.explained}>{t('results.p_text')}</p>
            <p className={classes.explained}>{t('results.explained_text')}</p>
            <Curve report={report} name={name} />
          </Panel>
          {report.guardrails.map((guardrail, place) => (
            <Panel
              // biome-ignore lint/suspicious/noArrayIndexKey: guardrails have no name but their place.
              key={place}
              title={t('guardrails.result', { metric: metric(guardrail.metric) })}
            >
              <ResultsTable report={report} metric={guardrail} name={name} guardrail />
            </Panel>
          ))}
        </>
      )}
      {report.holdout && <Holdout report={report} />}
      <Quality report={report} />
    </div>
  )
}

const looks = { good: 'good', warn: 'warn', bad: 'bad', plain: 'plain' } as const

function Banner({
  definition,
  report,
  name,
}: {
  definition: Definition
  report: Report
  name: (key: string) => string
}) {
  const verdict = useVerdict(name, report.primary.metric)(report)
  return (
    <section className={`${classes.banner} ${classes[looks[verdict.tone]]}`} role="status">
      <div>
        <h2 className={classes.verdict}>{verdict.title}</h2>
        <p className={classes.explained}>{verdict.text}</p>
      </div>
      <RollOut definition={definition} report={report} name={name} />
    </section>
  )
}

/** Whether there are enough points for a curve; one alone says nothing of how it goes. */
const drawn = (points: Points, place: number) =>
  points.filter((point) => point.differences[place]).length > 1

/** The difference of a variant to the first one over time, as soon as it can be drawn. */
function Differences(props: { label: string; points: Points; place: number; report: Report }) {
  const { t } = useTranslation('experiments')
  const format = useFormat()
  const show = useShow(props.report.primary.metric)
  if (!drawn(props.points, props.place))
    return <p className={classes.explained}>{t('results.curve_later')}</p>
  return (
    <BandChart
      label={props.label}
      points={props.points.map((point) => ({
        label: format.date(new Date(Date.parse(point.until) - 1)),
        value: point.differences[props.place] ?? null,
      }))}
      show={show}
      columns={{
        when: t('results.until'),
        value: t('results.difference'),
        low: t('results.low'),
        high: t('results.high'),
      }}
    />
  )
}

function Curve({ report, name }: { report: Report; name: (key: string) => string }) {
  const { t } = useTranslation('experiments')
  const [place, setPlace] = useState(0)
  const others = report.variants.slice(1)
  const points = report.primary.points
  const label = t('results.curve', { variant: name(others[place]?.key ?? '') })
  return (
    <>
      <div className={classes.curveHead}>
        <strong>{label}</strong>
        {others.length > 1 && (
          <NativeSelect
            aria-label={t('roll_out.variant')}
            value={String(place)}
            data={others.map((one, at) => ({ value: String(at), label: name(one.key) }))}
            onChange={(event) => setPlace(Number(event.currentTarget.value))}
          />
        )}
      </div>
      <Differences label={label} points={points} place={place} report={report} />
      {drawn(points, place) && (
        <p className={classes.explained}>
          {t(report.verdict.kind === 'too_early' ? 'results.valid_later' : 'results.always_valid')}
        </p>
      )}
    </>
  )
}

function Holdout({ report }: { report: Report }) {
  const { t } = useTranslation('experiments')
  const format = useFormat()
  const show = useShow(report.primary.metric)
  const holdout = report.holdout
  if (!holdout) return null
  const value = (figures: typeof holdout.winner) =>
    `${figures.value == null ? '–' : show(figures.value)} · ${t('results.customers_count', {
      count: figures.customers,
      number: format.number(figures.customers),
    })}`
  return (
    <Panel title={t('holdout.title')}>
      <Facts
        facts={[
          { name: t('holdout.winner'), value: value(holdout.winner) },
          { name: t('holdout.baseline'), value: value(holdout.baseline) },
          {
            name: t('results.difference'),
            value: holdout.comparison
              ? t('results.interval', {
                  value: show(holdout.comparison.difference.value),
                  low: show(holdout.comparison.difference.low),
                  high: show(holdout.comparison.difference.high),
                })
              : t('results.too_few'),
          },
        ]}
      />
      <Differences label={t('holdout.curve')} points={holdout.points} place={0} report={report} />
      <p className={classes.explained}>{t('holdout.text')}</p>
    </Panel>
  )
}

function Quality({ report }: { report: Report }) {
  const { t } = useTranslation('experiments')
  const format = useFormat()
  const ratio = report.sample_ratio
  return (
    <Panel title={t('quality.title')}>
      <Facts
        facts={[
          {
            name: t('quality.sample_ratio'),
            value: (
              <StatusBadge
                sentence
                tone={ratio.alarm ? 'bad' : 'good'}
                word={t(ratio.alarm ? 'quality.alarm' : 'quality.fits', {
                  p: ratio.p_value < 0.001 ? '< 0.001' : format.decimal(ratio.p_value, 3),
                })}
              />
            ),
          },
          { name: t('quality.days'), value: format.number(report.days) },
          { name: t('quality.moved'), value: format.number(report.moved) },
        ]}
      />
    </Panel>
  )
}

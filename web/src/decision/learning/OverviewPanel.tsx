import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { Facts, Panel, Stat, useFormat, When } from '../../ui'
import { strategiesPath, strategyPath } from '../strategies/nav'
import classes from './Learning.module.css'
import type { Overview } from './learning'
import { useSpan } from './useSpan'

/** Learning as a whole: how it works now, how much it tries out, what that costs. */
export function OverviewPanel({ overview }: { overview: Overview }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const shown = overview.shown_count
  const share = shown > 0 ? overview.explored_count / shown : 0
  const money = useMoney()
  return (
    <div className={classes.overview}>
      <div className={classes.stats}>
        <Stat
          label={t('stat.models')}
          value={format.number(overview.model_count)}
          note={t('stat.unproven', { count: overview.exploring_count })}
        />
        <Stat label={t('stat.shown')} value={format.decimal(shown, 0)} side="ours" />
        <Stat
          label={t('stat.explored')}
          value={format.percent(share)}
          note={t('stat.explored_note', {
            count: Math.round(overview.explored_count),
            shown: format.decimal(overview.explored_count, 0),
          })}
        />
        <Stat
          label={t('stat.cost')}
          value={overview.forgone.map(money).join(' + ') || format.number(0)}
          note={t('stat.cost_note')}
        />
      </div>
      <Panel title={t('how')}>
        <How overview={overview} />
      </Panel>
    </div>
  )
}

type Sum = { currency: string; cents: number }

/** An amount that was summed up; of offers that are gone nobody knows the currency. */
function useMoney(): (sum: Sum) => string {
  const format = useFormat()
  return ({ currency, cents }) =>
    currency ? format.money(Math.round(cents), currency) : format.decimal(cents / 100, 2)
}

/** How much it tried out lately, what that cost, and what it may cost. */
function Cost({ overview: { week, budget } }: { overview: Overview }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const money = useMoney()
  const amount = (cents: number) => money({ currency: budget?.currency ?? '', cents })
  const percent = format.percent(week.shown_count > 0 ? week.explored_count / week.shown_count : 0)
  const cost = week.forgone.map(money).join(' + ')
  return (
    <p className={classes.sentence}>
      {week.shown_count <= 0
        ? t('week_none')
        : cost
          ? t('week', { percent, cost })
          : t('week_free', { percent })}{' '}
      {budget &&
        t(`budget.${budget.used_up ? (`used_${budget.per}` as const) : budget.per}`, {
          budget: amount(budget.cents),
          spent: amount(budget.spent_cents),
        })}
    </p>
  )
}

function How({ overview }: { overview: Overview }) {
  const { t } = useTranslation('learning')
  const word = useWord()
  const format = useFormat()
  const span = useSpan()
  const { strategy } = overview
  const { algorithm = 'bayesian', exploration = 0 } = overview.learning
  const key = strategy?.split('@')[0]
  return (
    <>
      <p className={classes.sentence}>
        {t(`algorithm.${algorithm}`)}{' '}
        {algorithm !== 'fixed' && t('floor', { percent: format.percent(exploration) })}
      </p>
      {algorithm !== 'fixed' && <Cost overview={overview} />}
      <Facts
        facts={[
          {
            name: t('strategy'),
            value:
              strategy && key ? (
                <Link to={strategyPath(key)}>{strategy}</Link>
              ) : (
                <Link to={strategiesPath}>{t('no_strategy')}</Link>
              ),
          },
          { name: t('features'), value: format.number(overview.feature_count) },
          {
            name: t('last_learned'),
            value: overview.learned_at ? <When at={overview.learned_at} /> : t('never'),
          },
          ...overview.patience.map((one) => ({
            name: word('channel', one.channel),
            value: t(one.reports_views ? 'patience_seen' : 'patience', {
              after: span(one.no_after_ms),
              until: span(one.response_ms),
            }),
          })),
        ]}
      />
    </>
  )
}

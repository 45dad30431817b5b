import { useTranslation } from 'react-i18next'
import { type Column, DataTable, EmptyState, rowsOf, useFormat } from '../../ui'
import classes from './Learning.module.css'
import { type Effect, type Model, strength } from './learning'
import { useFeatureName } from './useFeatureName'

/** Which features matter, in words, the clearest first. */
export function EffectsPanel({ model }: { model: Model }) {
  const { t } = useTranslation('learning')
  const name = useFeatureName()
  return (
    <>
      <DataTable
        bare
        label={t('effects.title')}
        columns={useColumns(name)}
        rows={rowsOf(model.effects)}
        rowKey={(row) => `${row.kind}:${row.key}=${row.value}`}
        empty={<EmptyState title={t('effects.empty')} text={t('effects.empty_text')} />}
      />
      {model.effects.length > 0 && <p className={classes.below}>{t('weighed')}</p>}
    </>
  )
}

function useColumns(name: (effect: Effect) => string): Column<Effect>[] {
  const { t } = useTranslation('learning')
  const format = useFormat()
  return [
    { key: 'feature', header: t('effects.feature'), wrap: true, cell: name },
    {
      key: 'effect',
      header: t('effects.effect'),
      wrap: true,
      cell: (row) => <EffectWords effect={row} />,
    },
    {
      key: 'bar',
      header: t('effects.range'),
      cell: (row) => <EffectBar effect={row} />,
    },
    {
      key: 'evidence',
      header: t('effects.evidence'),
      wrap: true,
      cell: (row) =>
        t('effects.of', {
          rewarded: format.decimal(row.rewarded, 1),
          presented: format.decimal(row.presented, 0),
        }),
    },
  ]
}

function EffectWords({ effect }: { effect: Effect }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const range = {
    times: format.decimal(effect.times, effect.times < 10 ? 1 : 0),
    low: format.decimal(effect.times_low, 1),
    high: format.decimal(effect.times_high, 1),
  }
  const way = effect.times >= 1 ? 'more' : 'less'
  const words = effect.clear ? t(`effects.${way}_${strength(effect.times)}`) : t('effects.unclear')
  return (
    <>
      <b>{words}</b>
      <div className={classes.soft}>{t('effects.times', range)}</div>
    </>
  )
}

/** The interval on a scale from a quarter to four times; decoration for the words beside it. */
function EffectBar({ effect }: { effect: Effect }) {
  const place = (times: number) =>
    50 + (50 * Math.log(Math.min(4, Math.max(0.25, times)))) / Math.log(4)
  const [low, high] = [place(effect.times_low), place(effect.times_high)]
  return (
    <svg
      className={classes.bar}
      viewBox="0 0 100 14"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <line x1="50" x2="50" y1="0" y2="14" className={classes.axis} />
      <rect
        x={low}
        width={Math.max(1, high - low)}
        y="4"
        height="6"
        className={effect.clear ? classes.interval : classes.vague}
      />
      <rect x={place(effect.times) - 1} width="2" y="1" height="12" className={classes.point} />
    </svg>
  )
}

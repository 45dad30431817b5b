import { useTranslation } from 'react-i18next'
import { useEventName } from '../../../locales/words'
import { Icon, useFormat } from '../../../ui'
import classes from '../Explore.module.css'
import { useLabel, useSpan } from '../labels'
import { FigureButton } from './Number'
import type { ViewProps } from './props'

type Group = ViewProps<'funnel'>['shown']['groups'][number]

export function FunnelView({ shown, question, choose }: ViewProps<'funnel'>) {
  const { t } = useTranslation('explore')
  const label = useLabel()
  const steps = 'funnel' in question.view ? question.view.funnel.steps : []
  const eventName = useEventName()
  const names = steps.map((step) => eventName(step.event))
  return (
    <>
      {shown.doubt && (
        <p className={classes.doubt} role="status">
          <Icon name="warning" />{' '}
          {t(shown.doubt === 'all' ? 'funnel.doubt_all' : 'funnel.doubt_backwards')}
        </p>
      )}
      {shown.groups.map((group) => (
        <section key={JSON.stringify(group.label)} className={classes.funnel}>
          {shown.groups.length > 1 && <h3 className={classes.group}>{label(group.label)}</h3>}
          <Steps group={group} names={names} name={label(group.label)} choose={choose} />
        </section>
      ))}
    </>
  )
}

/** The steps as bars that get shorter; a table for those who read. */
function Steps({
  group,
  names,
  name,
  choose,
}: {
  group: Group
  names: string[]
  name: string
  choose: ViewProps<'funnel'>['choose']
}) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const span = useSpan()
  const title = (text: string) => (name === t('label.total') ? text : `${name}: ${text}`)
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={name}>
      <table className={classes.funnelTable}>
        <thead>
          <tr>
            <th scope="col">{t('funnel.step_name')}</th>
            <th scope="col">
              <span className={classes.off}>{t('funnel.bar')}</span>
            </th>
            <th scope="col">{t('funnel.reached')}</th>
            <th scope="col">{t('funnel.of_previous')}</th>
            <th scope="col">{t('funnel.of_first')}</th>
            <th scope="col">{t('funnel.time')}</th>
            <th scope="col">{t('funnel.lost')}</th>
          </tr>
        </thead>
        <tbody>
          {group.steps.map((step, place) => (
            <tr key={step.reached.cell.join(' ')}>
              <th scope="row">
                {place + 1}. {names[place]}
              </th>
              <td className={classes.barCell}>
                <span
                  className={classes.bar}
                  style={{ width: `${(step.of_first ?? 0) * 100}%` }}
                  aria-hidden="true"
                />
              </td>
              <td className={classes.end}>
                <FigureButton
                  text={format.number(step.reached.value ?? 0)}
                  hidden={step.reached.customers == null}
                  cell={step.reached.cell}
                  title={title(t('funnel.reached_step', { step: names[place] ?? '' }))}
                  choose={choose}
                />
              </td>
              <td className={classes.end}>
                {step.of_previous == null ? '–' : format.percent(step.of_previous)}
              </td>
              <td className={classes.end}>
                {step.of_first == null ? '–' : format.percent(step.of_first)}
              </td>
              <td className={classes.end}>
                {step.median_seconds == null ? '–' : span(step.median_seconds)}
              </td>
              <td className={classes.end}>
                {step.dropped ? (
                  <FigureButton
                    text={format.number(step.dropped.value ?? 0)}
                    hidden={step.dropped.customers == null}
                    cell={step.dropped.cell}
                    title={title(t('funnel.lost_after', { step: names[place] ?? '' }))}
                    choose={choose}
                  />
                ) : (
                  '–'
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

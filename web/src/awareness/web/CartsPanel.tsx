import { useTranslation } from 'react-i18next'
import { Facts, Panel, useFormat } from '../../ui'
import classes from './Web.module.css'
import type { Answered } from './web'

/** What became of carts. */
export function CartsPanel({ answered }: { answered: Answered }) {
  const { t } = useTranslation('web')
  const format = useFormat()
  const { carts } = answered
  if (!carts?.created) {
    return (
      <Panel title={t('carts.title')} side="theirs">
        <p className={classes.soft}>{carts || answered.hidden ? t('carts.none') : t('few')}</p>
      </Panel>
    )
  }
  const share = (part: number) => format.percent(part / carts.created)
  const rows = [
    ['created', format.number(carts.created), format.decimal(carts.value)],
    [
      'abandoned',
      `${format.number(carts.abandoned)} (${share(carts.abandoned)})`,
      format.decimal(carts.abandoned_value),
    ],
    ['recovered', `${format.number(carts.recovered)} (${share(carts.recovered)})`, ''],
  ] as const
  return (
    <Panel title={t('carts.title')} side="theirs">
      <table className={classes.rows}>
        <thead>
          <tr>
            <th scope="col">{t('carts.what')}</th>
            <th scope="col">{t('carts.number')}</th>
            <th scope="col">{t('carts.value')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, number, value]) => (
            <tr key={key}>
              <th scope="row">{t(`carts.${key}`)}</th>
              <td>{number}</td>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.soft}>{t('carts.note')}</p>
    </Panel>
  )
}

/** Forms, and at which step they were left. */
export function FormsPanel({ answered }: { answered: Answered }) {
  const { t } = useTranslation('web')
  const format = useFormat()
  return (
    <Panel title={t('forms.title')} side="theirs">
      {answered.forms.length === 0 && <p className={classes.soft}>{t('forms.none')}</p>}
      {answered.forms.map((form) => (
        <section key={form.form}>
          <h3 className={classes.form}>{form.form}</h3>
          <Facts
            facts={[
              { name: t('forms.started'), value: format.number(form.started) },
              {
                name: t('forms.submitted'),
                value:
                  form.submitted == null
                    ? t('few')
                    : `${format.number(form.submitted)} (${format.percent(form.submitted / Math.max(1, form.started))})`,
              },
            ]}
          />
          {form.steps.length > 0 && (
            <table className={classes.rows}>
              <thead>
                <tr>
                  <th scope="col">{t('forms.step')}</th>
                  <th scope="col">{t('forms.reached')}</th>
                  <th scope="col">{t('forms.left')}</th>
                </tr>
              </thead>
              <tbody>
                {form.steps.map((step) => (
                  <tr key={step.step}>
                    <th scope="row">{step.step}</th>
                    <td>{format.number(step.reached)}</td>
                    <td>{step.left == null ? t('few') : format.number(step.left)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      ))}
    </Panel>
  )
}

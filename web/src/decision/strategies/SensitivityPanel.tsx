import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useMay } from '../../api/session'
import { useForm } from '../../app/definition'
import { useWord } from '../../locales/words'
import { CustomerLink } from '../../memory/customers/CustomerLink'
import { ErrorPanel, Panel, Skeleton, useFormat } from '../../ui'
import classes from './StrategyForm.module.css'
import { contextOf, type Shift, sensitivityQuery } from './sensitivity'

/** Who would get what with the draft as it stands, on customers seen lately; nothing is saved. */
export function SensitivityPanel({ strategy }: { strategy: string }) {
  const { t } = useTranslation('strategies')
  const may = useMay()
  const format = useFormat()
  const form = useForm()
  const [said, say] = useState('')
  const [body] = useDebouncedValue(form.body, 400)
  const [context] = useDebouncedValue(said, 400)
  const allowed = may('view_decisions')
  const shift = useQuery({
    ...sensitivityQuery(strategy, body, contextOf(context)),
    enabled: allowed,
    placeholderData: keepPreviousData,
    retry: false,
  })
  if (!allowed) return null
  const unfinished = shift.error?.status === 422
  return (
    <Panel title={t('sensitivity.title')} side="ours">
      <div style={{ display: 'grid', gap: 12 }}>
        <TextInput
          label={t('sensitivity.context')}
          description={t('sensitivity.context_hint')}
          placeholder={t('sensitivity.context_example')}
          value={said}
          onChange={(event) => say(event.currentTarget.value)}
        />
        {shift.isPending && <Skeleton lines={4} />}
        {unfinished && <p className={classes.soft}>{t('sensitivity.unfinished')}</p>}
        {shift.error && !unfinished && (
          <ErrorPanel error={shift.error} retry={() => shift.refetch()} />
        )}
        {shift.data && (
          <p className={classes.soft} aria-live="polite">
            {shift.data.customers === 0
              ? t('sensitivity.nobody')
              : t(shift.data.placements.length > 0 ? 'sensitivity.on' : 'sensitivity.same', {
                  count: shift.data.customers,
                  customers: format.number(shift.data.customers),
                })}
          </p>
        )}
        {shift.data?.placements.map((one) => (
          <Placement key={one.placement} shift={one} customers={shift.data.customers} />
        ))}
      </div>
    </Panel>
  )
}

function Placement({ shift, customers }: { shift: Shift; customers: number }) {
  const { t } = useTranslation('strategies')
  const word = useWord()
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  const nobody = t('sensitivity.nothing')
  const [before, after] = shift.without_offer
  const rows = [
    ...shift.offers.map((one) => ({ name: offerName(one.offer), ...one })),
    ...(before + after > 0 ? [{ name: nobody, offer: '', before, after }] : []),
  ]
  return (
    <section aria-label={placementName(shift.placement)}>
      <p style={{ margin: '0 0 4px' }}>
        <strong>{placementName(shift.placement)}</strong>{' '}
        <span className={classes.soft}>
          {word('channel', shift.channel)} ·{' '}
          {t('sensitivity.changed', {
            percent: format.percent(shift.changed / Math.max(customers, 1)),
          })}
        </span>
      </p>
      <table className={classes.shifts}>
        <thead>
          <tr>
            <th>{t('sensitivity.first')}</th>
            <th>{t('sensitivity.before')}</th>
            <th>{t('sensitivity.after')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.offer}>
              <td>{row.name}</td>
              <td>{format.number(row.before)}</td>
              <td>
                {format.number(row.after)}
                {row.after !== row.before && (
                  <span className={classes.soft}>
                    {' '}
                    {row.after > row.before ? '▲' : '▼'}
                    {format.number(Math.abs(row.after - row.before))}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shift.examples.length > 0 && (
        <p className={classes.soft}>
          {t('sensitivity.examples')}{' '}
          {shift.examples.map((one, place) => (
            <span key={one.customer_id}>
              {place > 0 && ', '}
              <CustomerLink id={one.customer_id} />
            </span>
          ))}
        </p>
      )}
    </section>
  )
}

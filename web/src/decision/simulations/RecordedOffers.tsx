import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { DataTable, rowsOf, useFormat } from '../../ui'
import { BarCell } from './BarCell'
import classes from './Simulation.module.css'
import type { Recorded } from './simulations'

/** An offer in one of its variants; no key has a slash. */
const keyOf = (one: { offer: string; variant?: string | null }) =>
  one.variant ? `${one.offer}/${one.variant}` : one.offer

/** How often each offer was shown and would have been, side by side; nothing, where `null`. */
export function RecordedOffers({ result, names }: { result: Recorded; names: string[] }) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const offerName = useDefinitionName('offer')
  const named = (key: string) => {
    const [offer = key, variant] = key.split('/')
    return variant ? t('offers.variant', { offer: offerName(offer), variant }) : offerName(offer)
  }
  const recorded = new Map(
    result.sides.flatMap((side) => side.offers.map((one) => [keyOf(one), one.recorded] as const)),
  )
  const tried = result.sides.map(
    (side) => new Map(side.offers.map((one) => [keyOf(one), one.tried] as const)),
  )
  const counts = [...tried.flatMap((side) => [...side.values()]), ...recorded.values()]
  const greatest = Math.max(1, ...counts, ...result.sides.map((side) => side.nothing))
  const keys = [...recorded.keys()].sort(
    (a, b) => (recorded.get(b) ?? 0) - (recorded.get(a) ?? 0) || a.localeCompare(b),
  )
  const bar = (value: number, plain = false) => (
    <BarCell value={value} greatest={greatest} plain={plain}>
      {format.number(Math.round(value))}
    </BarCell>
  )
  return (
    <>
      <DataTable<string | null>
        bare
        label={t('offers.title')}
        rows={rowsOf([...keys, null])}
        rowKey={(key) => key ?? ''}
        empty={null}
        columns={[
          {
            key: 'offer',
            header: t('offers.offer'),
            wrap: true,
            cell: (key) => (key === null ? t('offers.nothing') : named(key)),
          },
          {
            key: 'recorded',
            header: t('offers.recorded'),
            cell: (key) => (key === null ? '–' : bar(recorded.get(key) ?? 0)),
          },
          ...result.sides.map((side, at) => ({
            key: String(at),
            header: names[at] ?? '',
            cell: (key: string | null) =>
              key === null ? bar(side.nothing, true) : bar(tried[at]?.get(key) ?? 0),
          })),
        ]}
      />
      <div className={classes.legend}>{t('offers.legend')}</div>
    </>
  )
}

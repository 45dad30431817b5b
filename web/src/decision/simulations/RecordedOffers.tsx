import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useFormat } from '../../ui'
import { BarCell } from './BarCell'
import classes from './Simulation.module.css'
import type { Recorded } from './simulations'

/** An offer in one of its variants; no key has a slash. */
const keyOf = (one: { offer: string; variant?: string | null }) =>
  one.variant ? `${one.offer}/${one.variant}` : one.offer

/** How often each offer was shown and would have been, side by side. */
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
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('offers.title')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('offers.offer')}</th>
            <th scope="col">{t('offers.recorded')}</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key}>
              <th scope="row">{named(key)}</th>
              <td>
                <BarCell value={recorded.get(key) ?? 0} greatest={greatest}>
                  {format.number(recorded.get(key) ?? 0)}
                </BarCell>
              </td>
              {tried.map((side, at) => (
                <td key={names[at]}>
                  <BarCell value={side.get(key) ?? 0} greatest={greatest}>
                    {format.number(Math.round(side.get(key) ?? 0))}
                  </BarCell>
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{t('offers.nothing')}</th>
            <td>–</td>
            {result.sides.map((side, at) => (
              <td key={names[at]}>
                <BarCell value={side.nothing} greatest={greatest} plain>
                  {format.number(Math.round(side.nothing))}
                </BarCell>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <div className={classes.legend}>{t('offers.legend')}</div>
    </section>
  )
}

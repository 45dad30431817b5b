import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName, useGroupName } from '../../api/names'
import { type Answer, query } from '../../api/query'
import { useMay } from '../../api/session'
import { ErrorPanel, Panel, Skeleton, useFormat } from '../../ui'
import classes from './StrategyForm.module.css'

type Worths = Answer<'get', '/api/offer_worths'>
type Effect = NonNullable<Worths['offers'][number]['effects'][number]>

/** What control groups say an acceptance is worth, by offer and customer group. */
export function WorthsPanel() {
  const { t } = useTranslation('profit')
  const may = useMay()
  const allowed = may('view_reports')
  const worths = useQuery({ ...query('/api/offer_worths'), enabled: allowed })
  if (!allowed) return null
  return (
    <Panel title={t('worths.title')} side="theirs">
      {worths.isPending && <Skeleton lines={4} />}
      {worths.error && <ErrorPanel error={worths.error} retry={() => worths.refetch()} />}
      {worths.data && <Table worths={worths.data} />}
    </Panel>
  )
}

function Table({ worths }: { worths: Worths }) {
  const { t } = useTranslation('profit')
  const format = useFormat()
  const groupName = useGroupName()
  const name = useDefinitionName('offer')
  const known = worths.offers.filter((offer) => offer.effects.some(Boolean))
  if (known.length === 0) return <p className={classes.soft}>{t('worths.none')}</p>
  const worth = (effect: Effect | null | undefined, currency: string) => {
    if (!effect) return '–'
    return effect.nothing ? t('worths.nothing') : format.money(effect.value_cents, currency)
  }
  const evidence = (effect: Effect) =>
    t('worths.evidence', {
      treated: format.number(effect.treated),
      control: format.number(effect.control),
    })
  return (
    <>
      <p className={classes.soft}>{t(worths.in_use ? 'worths.in_use' : 'worths.not_in_use')}</p>
      {known.map((offer) => (
        <section key={offer.offer} aria-label={name(offer.offer)}>
          <h3 className={classes.worth}>
            <span>{name(offer.offer)}</span>
            <span className={classes.soft}>
              {t('worths.stated')} {format.money(offer.stated_cents, offer.currency)}
            </span>
          </h3>
          <ul className={classes.list}>
            {worths.groups.map((group, place) => (
              <li key={group.key} className={classes.worth}>
                <span>{groupName(group)}</span>
                <span title={offer.effects[place] ? evidence(offer.effects[place]) : undefined}>
                  {worth(offer.effects[place], offer.currency)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p className={classes.soft}>{t('worths.text')}</p>
    </>
  )
}

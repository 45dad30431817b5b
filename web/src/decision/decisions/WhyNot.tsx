import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useReasonText } from '../../api/reasonText'
import { ErrorPanel, Skeleton, StatusBadge, useFormat, useUrl } from '../../ui'
import classes from './DecisionPage.module.css'
import { type NeededChange, type Proposal, whyNotQuery } from './decisions'

type Asked = { decisionId: string; proposal: Proposal; currency: string | null }

/** What would have made an offer win: asked for on demand, because the decision is made again. */
export function WhyNot(props: Asked) {
  const { proposal } = props
  const { t } = useTranslation('decisions')
  const [search, setSearch] = useUrl()
  const name = proposal.variant ? `${proposal.offer}/${proposal.variant}` : proposal.offer
  const open = search.why === name
  if (proposal.state === 'chosen') return null
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        px={0}
        className={classes.ask}
        aria-expanded={open}
        onClick={() => setSearch({ why: open ? null : name })}
      >
        {t(open ? 'why_not.close' : 'why_not.open')}
      </Button>
      {open && <Answer {...props} />}
    </>
  )
}

function Answer({ decisionId, proposal, currency }: Asked) {
  const { t, i18n } = useTranslation('decisions')
  const text = useReasonText()
  const change = useChangeText(currency)
  const language = i18n.language.startsWith('zh') ? 'zh' : 'en'
  const answer = useQuery(whyNotQuery(decisionId, proposal.placement, proposal.offer, language))
  if (answer.error) return <ErrorPanel error={answer.error} retry={() => answer.refetch()} />
  if (!answer.data) return <Skeleton lines={2} />
  const { changes, one_of, unchangeable, possible, exact, approximate_because } = answer.data
  const single = changes.length + (one_of.length > 0 ? 1 : 0) === 1
  const luck = possible && changes.length === 0 && one_of.length === 0
  return (
    <div className={classes.whyNot}>
      {unchangeable.length > 0 && (
        <p>
          {t('why_not.unchangeable')} {unchangeable.map((one) => text(one).reason).join('; ')}.
        </p>
      )}
      {changes.length > 0 && (
        <>
          <p>
            {t(
              single && possible ? 'why_not.single' : possible ? 'why_not.all' : 'why_not.besides',
            )}
          </p>
          <ul className={classes.reasons}>
            {changes.map((one) => (
              <li key={one.kind + one.key + one.field}>{change(one)}</li>
            ))}
          </ul>
        </>
      )}
      {one_of.length > 0 && (
        <>
          <p>{t(changes.length > 0 ? 'why_not.and_one_of' : 'why_not.one_of')}</p>
          <ul className={classes.reasons}>
            {one_of.map((one) => (
              <li key={one.kind + one.key + one.field}>{change(one)}</li>
            ))}
          </ul>
        </>
      )}
      {luck && <p>{t('why_not.luck')}</p>}
      {!possible && unchangeable.length === 0 && <p>{t('why_not.impossible')}</p>}
      {possible && !luck && (
        <StatusBadge
          tone={exact ? 'good' : 'warn'}
          word={t(exact ? 'why_not.exact' : 'why_not.approximate')}
        />
      )}
      {!exact && !luck && approximate_because && (
        <p className={classes.soft}>{t(`why_not.because.${approximate_because}`)}</p>
      )}
    </div>
  )
}

/** One change of a definition in words. */
function useChangeText(currency: string | null) {
  const { t } = useTranslation('decisions')
  const format = useFormat()
  const names = {
    offer: useDefinitionName('offer'),
    policy: useDefinitionName('policy'),
    strategy: useDefinitionName('strategy'),
  }
  const value = (what: NeededChange['what'], of: unknown): string => {
    if (typeof of === 'string') return format.moment(of)
    if (Array.isArray(of)) return of.map((key) => names.offer(String(key))).join(', ') || '–'
    if (typeof of !== 'number') return '–'
    if (what !== 'value') return format.decimal(of)
    return currency ? format.money(of, currency) : format.decimal(of / 100)
  }
  return ({ what, kind, key, from, to, condition }: NeededChange) =>
    t(`why_not.change.${what}`, {
      name: names[kind as keyof typeof names]?.(key) ?? key,
      from: value(what, from),
      to: value(what, to),
      condition: condition ?? '',
    })
}

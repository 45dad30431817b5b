import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { useWord } from '../../locales/words'
import { DataTable, EmptyState, Panel, rowsOf, useFormat, useUrl } from '../../ui'
import { GroupLink } from './PopulationView'
import classes from './Simulation.module.css'
import type { Population, RuleInTheWay } from './simulations'

/** What stands in the way of those who get nothing; what would help most comes first. */
export function InTheWayPanel({
  id,
  place,
  names,
}: {
  id: string
  place: Population['placements'][number]
  names: string[]
}) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const [search, setSearch] = useUrl()
  const side = Math.min(Number(search.side ?? 0) || 0, names.length - 1)
  const sums = place.sides[side]
  if (!sums) return null
  const best = sums.rules[0]
  return (
    <Panel
      title={t('in_the_way.title')}
      flush
      aside={
        <NativeSelect
          aria-label={t('in_the_way.side')}
          value={String(side)}
          onChange={(event) => setSearch({ side: event.currentTarget.value })}
          data={names.map((label, value) => ({ value: String(value), label }))}
        />
      }
    >
      {sums.rules.length === 0 ? (
        <EmptyState
          title={t(sums.nothing === 0 ? 'in_the_way.all_served' : 'in_the_way.no_offers')}
          text={t(sums.nothing === 0 ? 'in_the_way.all_served_text' : 'in_the_way.no_offers_text')}
        />
      ) : (
        <>
          {best && best.freed > 0 && (
            <p className={classes.best}>
              {t('in_the_way.best', {
                nothing: format.number(sums.nothing),
                freed: format.number(best.freed_by_step || best.freed),
              })}{' '}
              <b>
                <RuleName rule={best} />
              </b>
              : {t(`step.${best.step}`)}.
              <BestText rule={best} />
            </p>
          )}
          <RulesTable id={id} placement={place.placement} side={side} rules={sums.rules} />
          <div className={classes.legend}>{t('in_the_way.legend')}</div>
        </>
      )}
    </Panel>
  )
}

/** What the smallest step would do, plainly. */
function BestText({ rule }: { rule: RuleInTheWay }) {
  const { t, i18n } = useTranslation('simulations')
  const language = i18n.language.startsWith('zh') ? 'zh' : 'en'
  const text = rule.conditions?.[0]?.text
  if (rule.step === 'drop_rule') return <> {t('in_the_way.whole_rule')}</>
  if (rule.step !== 'drop_condition' || !text) return null
  return <> {t('in_the_way.best_condition', { text: text[language] ?? text.en })}</>
}

function RuleName({ rule }: { rule: RuleInTheWay }) {
  const { t } = useTranslation('simulations')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const policyName = useDefinitionName('policy')
  return (
    <>
      {word('reason', rule.code)}
      {rule.offer && <> · {offerName(rule.offer)}</>}
      {rule.limit && (
        <>
          {' '}
          ·{' '}
          {t('in_the_way.limit', {
            policy: policyName(rule.limit.policy),
            limit: rule.limit.key,
            most: rule.limit.at_most,
          })}
        </>
      )}
    </>
  )
}

const columns = ['customers', 'freed', 'freed_by_step', 'first', 'unique', 'shared'] as const

function RulesTable({
  id,
  placement,
  side,
  rules,
}: {
  id: string
  placement: string
  side: number
  rules: RuleInTheWay[]
}) {
  const { t } = useTranslation('simulations')
  const format = useFormat()
  const group = (rule: RuleInTheWay, column: (typeof columns)[number]) => {
    if (column === 'customers') return { side, placement, group: `rule:${rule.name}` }
    if (column === 'freed') return { side, placement, group: `freed:${rule.name}` }
    return null
  }
  return (
    <DataTable<RuleInTheWay>
      bare
      label={t('in_the_way.title')}
      rows={rowsOf(rules)}
      rowKey={(rule) => rule.name}
      empty={null}
      columns={[
        {
          key: 'rule',
          header: t('in_the_way.rule'),
          wrap: true,
          cell: (rule) => <RuleCell rule={rule} />,
        },
        ...columns.map((column) => ({
          key: column,
          header: t(`in_the_way.column.${column}`),
          align: 'end' as const,
          cell: (rule: RuleInTheWay) => (
            <GroupLink id={id} group={group(rule, column)} count={rule[column]}>
              {format.number(rule[column])}
            </GroupLink>
          ),
        })),
      ]}
    />
  )
}

/** A rule with its smallest step, and what its conditions keep out alone. */
function RuleCell({ rule }: { rule: RuleInTheWay }) {
  const { t, i18n } = useTranslation('simulations')
  const format = useFormat()
  const language = i18n.language.startsWith('zh') ? 'zh' : 'en'
  return (
    <>
      <RuleName rule={rule} />
      <div className={classes.soft}>{t(`step.${rule.step}`)}</div>
      {(rule.conditions ?? []).slice(0, 3).map((one) => (
        <div key={one.text.en} className={classes.soft}>
          {t('in_the_way.condition', {
            count: one.customers,
            shown: format.number(one.customers),
            text: one.text[language] ?? one.text.en,
          })}
        </div>
      ))}
    </>
  )
}

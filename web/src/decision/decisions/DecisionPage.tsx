import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerGroupName, useDefinitionName } from '../../api/names'
import { experimentPath } from '../../awareness/experiments/nav'
import { useWord } from '../../locales/words'
import { CustomerLink } from '../../memory/customers/CustomerLink'
import {
  EmptyState,
  ErrorPanel,
  Facts,
  JsonView,
  PageHeader,
  Panel,
  Skeleton,
  StatusBadge,
  useFormat,
  usePathParam,
  When,
} from '../../ui'
import { learningPath } from '../learning/nav'
import { policyPath } from '../policies/nav'
import { strategyPath } from '../strategies/nav'
import classes from './DecisionPage.module.css'
import { outcomeTone } from './DecisionsPage'
import { type Decision, decisionQuery } from './decisions'
import { FunnelPanel } from './FunnelPanel'
import { decisionsPath } from './nav'
import { ProposalsPanel } from './ProposalsPanel'

export default function DecisionPage() {
  const { t } = useTranslation('decisions')
  const decisionId = usePathParam('decisionId')
  const decision = useQuery(decisionQuery(decisionId))
  const back = { to: decisionsPath, label: t('title') }
  return (
    <>
      <PageHeader
        title={t('one', { id: decisionId })}
        back={back}
        lead={decision.data && <When at={decision.data.requested_at} exact />}
      />
      {decision.isPending && <Skeleton lines={10} />}
      {decision.error?.status === 404 && (
        <EmptyState title={t('gone.title')} text={t('gone.text')} />
      )}
      {decision.error && decision.error.status !== 404 && (
        <ErrorPanel error={decision.error} retry={() => decision.refetch()} />
      )}
      {decision.data && <Known decision={decision.data} />}
    </>
  )
}

function Known({ decision }: { decision: Decision }) {
  const { t } = useTranslation('decisions')
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Panel title={t('answer')} side="ours">
          <Answers decision={decision} />
        </Panel>
        <ProposalsPanel decision={decision} />
      </div>
      <div className={classes.side}>
        <FunnelPanel funnel={decision.funnel} />
        <Panel title={t('facts')}>
          <DecisionFacts decision={decision} />
        </Panel>
        <Panel title={t('context')}>
          <JsonView label={t('context')} value={decision.context} />
        </Panel>
      </div>
    </div>
  )
}

function Answers({ decision }: { decision: Decision }) {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const placementName = useDefinitionName('placement')
  return decision.placements.map((placement) => (
    <section key={placement.placement} className={classes.answer}>
      <h3>{placementName(placement.placement)}</h3>
      {placement.offers.map((offer) => (
        <span key={offer.offer}>
          <span className={classes.offer}>{offerName(offer.offer)}</span>{' '}
          <span className={classes.soft}>
            {offer.variant && `${t('variant', { variant: offer.variant })} · `}
            {t('version', { version: offer.version })} · {t('code', { code: offer.treatment_code })}
          </span>
        </span>
      ))}
      {placement.offers.length === 0 && (
        <StatusBadge
          tone={outcomeTone(placement.reason)}
          word={word('outcome', placement.reason)}
        />
      )}
      {placement.offers.length === 0 && placement.fallback && (
        <span className={classes.soft}>{t('fallback_shown')}</span>
      )}
    </section>
  ))
}

/** A definition as records name it (`key@version`), by its name. */
function Versioned({ of, kind }: { of: string; kind: 'strategy' | 'policy' }) {
  const { t } = useTranslation('decisions')
  const name = useDefinitionName(kind)
  const [key = of, version] = of.split('@')
  const path = kind === 'strategy' ? strategyPath(key) : policyPath(key)
  return (
    <>
      <Link to={path}>{name(key)}</Link>{' '}
      {version && <span className={classes.soft}>{t('version', { version })}</span>}
    </>
  )
}

function DecisionFacts({ decision }: { decision: Decision }) {
  const { t } = useTranslation('decisions')
  const word = useWord()
  const format = useFormat()
  const experimentName = useDefinitionName('experiment')
  const groupName = useCustomerGroupName(decision.strategy?.split('@')[0])
  return (
    <Facts
      facts={[
        {
          name: t('column.customer'),
          value: decision.customer_id ? <CustomerLink id={decision.customer_id} /> : '–',
        },
        { name: t('column.channel'), value: word('channel', decision.channel) },
        {
          name: t('column.degradation'),
          value: (
            <StatusBadge
              tone={decision.degradation === 'none' ? 'good' : 'warn'}
              word={word('degradation', decision.degradation)}
            />
          ),
        },
        {
          name: t('strategy'),
          value: decision.strategy ? <Versioned of={decision.strategy} kind="strategy" /> : '–',
        },
        {
          name: t('policies'),
          value:
            decision.policies.length > 0
              ? decision.policies.map((one) => (
                  <div key={one}>
                    <Versioned of={one} kind="policy" />
                  </div>
                ))
              : '–',
        },
        { name: t('formula'), value: <code>{decision.formula}</code> },
        ...(decision.customer_group
          ? [
              {
                name: t('customer_group'),
                value: groupName(decision.customer_group),
              },
            ]
          : []),
        ...(decision.experiments.length > 0
          ? [
              {
                name: t('experiments'),
                value: decision.experiments.map((one) => (
                  <div key={one.experiment}>
                    <Link to={experimentPath(one.experiment)}>
                      {experimentName(one.experiment)}
                    </Link>{' '}
                    <span className={classes.soft}>
                      {t('variant', { variant: one.variant })} ·{' '}
                      {t('version', { version: one.version })}
                      {one.phase === 'holdout' && ` · ${t('holdout')}`}
                    </span>
                  </div>
                )),
              },
            ]
          : []),
        {
          name: t('luck.learned'),
          value:
            decision.learned == null ? (
              '–'
            ) : (
              <Link to={learningPath}>{format.number(decision.learned)}</Link>
            ),
        },
      ]}
    />
  )
}

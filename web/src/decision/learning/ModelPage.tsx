import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useDefinitionName } from '../../api/names'
import { channels } from '../../app/definition'
import { useWord } from '../../locales/words'
import {
  ConfirmButton,
  EmptyState,
  ErrorPanel,
  Facts,
  PageHeader,
  Panel,
  Skeleton,
  useFormat,
  usePathParam,
  When,
} from '../../ui'
import { CalibrationPanel } from './CalibrationPanel'
import { DaysPanel } from './DaysPanel'
import { EffectsPanel } from './EffectsPanel'
import classes from './Learning.module.css'
import { type Model, modelQuery, useFreeze, useReset, useThaw } from './learning'
import { learningPath } from './nav'
import { StateWord } from './StateWord'

/** What was learned about one offer in one channel. */
export default function ModelPage() {
  const { t } = useTranslation('learning')
  const word = useWord()
  const offerName = useDefinitionName('offer')
  const offer = usePathParam('offer')
  const named = usePathParam('channel')
  const channel = channels.find((one) => one === named) ?? 'web'
  const model = useQuery(modelQuery(channel, offer))
  return (
    <>
      <PageHeader
        title={t('one', { offer: offerName(offer), channel: word('channel', channel) })}
        back={{ to: learningPath, label: t('title') }}
      />
      {model.isPending && <Skeleton lines={10} />}
      {model.error?.status === 404 && <EmptyState title={t('gone.title')} text={t('gone.text')} />}
      {model.error && model.error.status !== 404 && (
        <ErrorPanel error={model.error} retry={() => model.refetch()} />
      )}
      {model.data && <Known model={model.data} />}
    </>
  )
}

function Known({ model }: { model: Model }) {
  const { t } = useTranslation('learning')
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Panel title={t('effects.title')} flush>
          <EffectsPanel model={model} />
        </Panel>
        <DaysPanel days={model.days} money={useMoney(model)} />
        <CalibrationPanel points={model.calibration} />
      </div>
      <div className={classes.main}>
        <Panel title={t('sure')}>
          <Sure model={model} />
        </Panel>
        <Panel title={t('control.title')}>
          <Controls model={model} />
        </Panel>
      </div>
    </div>
  )
}

/** Amounts in the offer's currency; when the offer is gone nobody knows it. */
function useMoney({ currency }: Model): (cents: number) => string {
  const format = useFormat()
  return (cents) =>
    currency ? format.money(Math.round(cents), currency) : format.decimal(cents / 100, 2)
}

function Sure({ model }: { model: Model }) {
  const { t } = useTranslation('learning')
  const format = useFormat()
  const money = useMoney(model)
  const start = { rate: format.percent(model.start_rate), count: model.start_presentations }
  return (
    <>
      <StateWord row={model} />
      <p className={classes.sentence}>
        {t('rate_sentence', {
          rate: format.percent(model.rate),
          low: format.percent(model.rate_low),
          high: format.percent(model.rate_high),
        })}
      </p>
      <Facts
        facts={[
          { name: t('column.shown'), value: format.number(model.shown_count) },
          { name: t('settled'), value: format.decimal(model.settled_count, 1) },
          { name: t('column.rewarded'), value: format.decimal(model.rewarded, 1) },
          { name: t('start'), value: t('start_value', start) },
          { name: t('estimated'), value: format.percent(model.estimated) },
          {
            name: t('today'),
            value:
              model.today_limit == null
                ? format.number(model.today_count)
                : t('of', {
                    count: format.number(model.today_count),
                    limit: format.number(model.today_limit),
                  }),
          },
          { name: t('column.explored'), value: format.number(model.explored_count) },
          { name: t('stat.cost'), value: money(model.forgone_cents) },
          { name: t('since'), value: <When at={model.since} /> },
          {
            name: t('last_learned'),
            value: model.learned_at ? <When at={model.learned_at} /> : t('never'),
          },
        ]}
      />
    </>
  )
}

function Controls({ model }: { model: Model }) {
  const { t } = useTranslation('learning')
  const [reset, freeze, thaw] = [useReset(), useFreeze(), useThaw()]
  const path = { channel: model.channel, offer: model.offer }
  const error = reset.error ?? freeze.error ?? thaw.error
  const frozen = model.state === 'frozen'
  return (
    <div className={classes.main}>
      <p className={classes.sentence}>{t(frozen ? 'control.frozen' : 'control.learns')}</p>
      {error && <ErrorPanel error={error} />}
      <div className={classes.buttons}>
        {frozen ? (
          <ConfirmButton
            label={t('control.thaw')}
            title={t('control.thaw_title')}
            text={t('control.thaw_text')}
            confirm={t('control.thaw')}
            loading={thaw.isPending}
            onConfirm={() => thaw.mutate({ path })}
          />
        ) : (
          <ConfirmButton
            label={t('control.freeze')}
            title={t('control.freeze_title')}
            text={t('control.freeze_text')}
            confirm={t('control.freeze')}
            loading={freeze.isPending}
            onConfirm={() => freeze.mutate({ path })}
          />
        )}
        <ConfirmButton
          label={t('control.reset')}
          title={t('control.reset_title')}
          text={t('control.reset_text')}
          confirm={t('control.reset')}
          danger
          loading={reset.isPending}
          onConfirm={() => reset.mutate({ path })}
        />
      </div>
    </div>
  )
}

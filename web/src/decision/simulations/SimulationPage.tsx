import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  ConfirmButton,
  EmptyState,
  ErrorPanel,
  PageHeader,
  Skeleton,
  StatusBadge,
  usePathParam,
  When,
} from '../../ui'
import { newSimulationPath, simulationsPath } from './nav'
import { PopulationView } from './PopulationView'
import { ProgressPanel } from './ProgressPanel'
import { RecordedView } from './RecordedView'
import { RequestPanel } from './RequestPanel'
import { searchOf } from './request'
import classes from './Simulation.module.css'
import { moves, type Simulation, simulationQuery, tones, useMine, useRemove } from './simulations'
import { useRequestText } from './useRequestText'

export default function SimulationPage() {
  const { t } = useTranslation('simulations')
  const id = usePathParam('simulationId')
  const one = useQuery({
    ...simulationQuery(id),
    refetchInterval: ({ state }) => (moves(state.data?.state) ? 1_000 : false),
  })
  if (one.data) return <Known one={one.data} />
  const gone = one.error?.status === 404
  return (
    <>
      <PageHeader title={id} back={{ to: simulationsPath, label: t('title') }} />
      {one.isPending && <Skeleton lines={8} />}
      {gone && <EmptyState title={t('gone.title')} text={t('gone.text')} />}
      {one.error && !gone && <ErrorPanel error={one.error} retry={() => one.refetch()} />}
    </>
  )
}

function Known({ one }: { one: Simulation }) {
  const { result } = one
  return (
    <>
      <Head one={one} />
      <div className={classes.form}>
        {one.state !== 'done' && <ProgressPanel one={one} />}
        {result && 'recorded' in result && (
          <RecordedView result={result.recorded} measure={measureOf(one)} />
        )}
        {result && 'population' in result && (
          <PopulationView one={one} result={result.population} />
        )}
        <RequestPanel request={one.request} />
      </div>
    </>
  )
}

/** What a replay was asked to count. */
const measureOf = ({ request: { on } }: Simulation) =>
  ('recorded' in on && on.recorded.measure) || 'accept'

function Head({ one }: { one: Simulation }) {
  const { t } = useTranslation('simulations')
  const text = useRequestText()
  const navigate = useNavigate()
  const remove = useRemove()
  const mine = useMine(one)
  const onRemoved = () => {
    notifications.show({ message: t('remove.done') })
    navigate({ to: simulationsPath })
  }
  return (
    <>
      <PageHeader
        title={text.title(one.request)}
        back={{ to: simulationsPath, label: t('title') }}
        badge={<StatusBadge tone={tones[one.state]} word={t(`state.${one.state}`)} />}
        lead={
          <>
            {text.ground(one.request)} · {one.author}, <When at={one.created_at} />
          </>
        }
        actions={
          <>
            <Button
              variant="default"
              renderRoot={(props) => (
                <Link to={newSimulationPath} search={searchOf(one.request) as never} {...props} />
              )}
            >
              {t('again')}
            </Button>
            {!moves(one.state) && mine && (
              <ConfirmButton
                danger
                variant="subtle"
                label={t('remove.button')}
                title={t('remove.title')}
                text={t('remove.text')}
                confirm={t('remove.button')}
                loading={remove.isPending}
                onConfirm={() =>
                  remove.mutate({ path: { simulation_id: one.id } }, { onSuccess: onRemoved })
                }
              />
            )}
          </>
        }
      />
      {remove.error && <ErrorPanel error={remove.error} />}
    </>
  )
}

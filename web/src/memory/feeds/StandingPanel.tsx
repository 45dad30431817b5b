import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import {
  ConfirmButton,
  ErrorPanel,
  Facts,
  Panel,
  Skeleton,
  StatusBadge,
  sentence,
  useFormat,
  When,
} from '../../ui'
import { quarantinePath } from '../quarantine/nav'
import classes from './Feeds.module.css'
import {
  type Standing,
  standingQuery,
  tones,
  usePause,
  useResume,
  useRun,
  useStartOver,
} from './feeds'

/** How a feed that is in use stands, and what one can do with it. */
export function StandingPanel({ feed }: { feed: string }) {
  const { t } = useTranslation('feeds')
  const standing = useQuery({ ...standingQuery(feed), refetchInterval: 2_000 })
  const known = standing.data
  return (
    <Panel
      title={t('standing.title')}
      aside={known && <StatusBadge tone={tones[known.state]} word={t(`state.${known.state}`)} />}
    >
      {standing.isPending && <Skeleton lines={5} />}
      {standing.error && <ErrorPanel error={standing.error} retry={() => standing.refetch()} />}
      {known && <Known standing={known} />}
    </Panel>
  )
}

function Known({ standing }: { standing: Standing }) {
  const { t } = useTranslation('feeds')
  const format = useFormat()
  const rejected = format.number(standing.rejected_count)
  const facts = [
    { name: t('standing.read'), value: standing.read_at ? <When at={standing.read_at} /> : '–' },
    { name: t('standing.accepted'), value: format.number(standing.accepted_count) },
    { name: t('standing.duplicates'), value: format.number(standing.duplicates_count) },
    standing.stream
      ? {
          name: t('standing.quarantined'),
          value:
            standing.rejected_count > 0 ? <Link to={quarantinePath}>{rejected}</Link> : rejected,
        }
      : { name: t('standing.rejected'), value: rejected },
  ]
  if (standing.due_at) {
    facts.unshift({ name: t('standing.due'), value: <When at={standing.due_at} /> })
  }
  if (standing.lag_count !== null && standing.lag_count !== undefined) {
    facts.unshift({ name: t('standing.lag'), value: format.number(standing.lag_count) })
  }
  return (
    <>
      {standing.error && (
        <p className={classes.error} role="alert">
          {sentence(standing.error)} {standing.error_at && <When at={standing.error_at} />}
        </p>
      )}
      <Facts facts={facts} />
      <Buttons standing={standing} />
    </>
  )
}

function Buttons({ standing }: { standing: Standing }) {
  const { t } = useTranslation('feeds')
  const word = useWord()
  const may = useMay()('edit_data')
  const [run, pause, resume, over] = [useRun(), usePause(), useResume(), useStartOver()]
  const path = { key: standing.feed }
  const refused = may ? undefined : t('needs', { permission: word('permission', 'edit_data') })
  const paused = standing.state === 'paused'
  const failed = run.error ?? pause.error ?? resume.error ?? over.error
  const running = standing.state === 'running'
  const notNow = paused ? t('do.paused') : running ? t('do.running') : undefined
  return (
    <>
      {failed && <ErrorPanel error={failed} />}
      <div className={classes.buttons}>
        {!standing.stream && (
          <Button
            disabled={Boolean(refused ?? notNow)}
            title={refused ?? notNow}
            loading={run.isPending}
            onClick={() => run.mutate({ path })}
          >
            {t('do.run')}
          </Button>
        )}
        {paused ? (
          <Button
            variant="default"
            disabled={!may}
            title={refused}
            loading={resume.isPending}
            onClick={() => resume.mutate({ path })}
          >
            {t('do.resume')}
          </Button>
        ) : (
          <Button
            variant="default"
            disabled={!may}
            title={refused}
            loading={pause.isPending}
            onClick={() => pause.mutate({ path })}
          >
            {t('do.pause')}
          </Button>
        )}
        {paused && may && (
          <ConfirmButton
            danger
            variant="subtle"
            label={t('do.over')}
            title={t('do.over_title')}
            text={t('do.over_text')}
            confirm={t('do.over')}
            loading={over.isPending}
            onConfirm={() => over.mutate({ path })}
          />
        )}
      </div>
    </>
  )
}

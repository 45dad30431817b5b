import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { moreTexts } from '../locales/i18n'
import { AsOf, ErrorPanel, PageHeader, Skeleton, Sparkline, Stat, useFormat } from '../ui'
import { JourneysPanel, StepsPanel, WaitingPanel } from './Panels'
import classes from './TodayPage.module.css'
import { type Today, todayQuery } from './today'

// Its texts are not among those of the first page.
const ControlGroupPanel = lazy(async () => {
  const [panel] = await Promise.all([import('../app/control/ControlGroupPanel'), moreTexts()])
  return { default: panel.ControlGroupPanel }
})

type Figure = Today['figures'][number]

const sides: Record<Figure['key'], 'ours' | 'theirs'> = {
  decisions: 'ours',
  contacts: 'ours',
  events: 'theirs',
  responses: 'theirs',
  orders: 'theirs',
}

export default function TodayPage() {
  const { t } = useTranslation('today')
  const today = useQuery(todayQuery())
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        actions={today.data && <AsOf at={today.data.as_of} />}
      />
      {today.error && <ErrorPanel error={today.error} retry={() => today.refetch()} />}
      {today.isPending && <Skeleton lines={8} />}
      {today.data && (
        <>
          <div className={classes.rows}>
            <StepsPanel steps={today.data.steps} />
            <WaitingPanel waiting={today.data.waiting} />
            <JourneysPanel journeys={today.data.journeys} />
          </div>
          <Figures figures={today.data.figures} />
          <div className={classes.earns}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <ControlGroupPanel of="everything" title={t('earns')} />
            </Suspense>
          </div>
        </>
      )}
    </>
  )
}

function Figures({ figures }: { figures: Figure[] }) {
  const { t } = useTranslation('today')
  const format = useFormat()
  return (
    <div className={classes.figures}>
      {figures.map((figure) => (
        <Stat
          key={figure.key}
          side={sides[figure.key]}
          label={t(`figure.${figure.key}`)}
          value={format.number(figure.today)}
          note={t('last_week', { number: format.number(figure.same_weekday_last_week) })}
        >
          <Sparkline values={figure.by_hour} side={sides[figure.key]} />
        </Stat>
      ))}
    </div>
  )
}

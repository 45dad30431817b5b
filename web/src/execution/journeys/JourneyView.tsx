import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { type Definition, useForm } from '../../app/definition'
import { AsOf, ErrorPanel, Panel, Skeleton, useUrl } from '../../ui'
import { draw, endId, entryId } from './graph'
import { InstancesPanel } from './InstancesPanel'
import classes from './JourneyPage.module.css'
import { type Counts, countsQuery, journeyOf } from './journeys'
import { StatesRow } from './StatesRow'
import type { StepFacts } from './StepNode'
import { StepsTable } from './StepsTable'
import { useSentences } from './sentences'

// The canvas is large; the list of steps stands without it.
const Canvas = lazy(() => import('./Canvas'))

/** The journey as a picture and as a list, with who is where. */
export function JourneyView({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('journeys')
  const may = useMay()
  const form = useForm()
  const [search, setSearch] = useUrl()
  const journey = useMemo(() => journeyOf(form.body), [form.body])
  const key = definition?.key ?? ''
  const counts = useQuery({
    ...countsQuery(key),
    enabled: key !== '' && Boolean(definition?.published_version),
    refetchInterval: 10_000,
  })
  const sentences = useSentences(journey)
  const facts = useFacts(journey, counts.data, search.step)
  const words = new Map(
    draw(journey).lines.map((line) => [
      line.id,
      line.exit ? sentences.way(line.from, line.exit) : '',
    ]),
  )
  const go = useRef(setSearch)
  useEffect(() => {
    go.current = setSearch
  })
  // The same function for good, so that no step is drawn anew because of it.
  const choose = useCallback((step: string) => {
    const place = step === entryId || step === endId ? null : step
    go.current({ step: place, state: step === entryId ? 'pending' : null })
  }, [])
  return (
    <div className={classes.page}>
      {counts.error && <ErrorPanel error={counts.error} retry={() => counts.refetch()} />}
      {counts.data && <StatesRow counts={counts.data} />}
      <Panel
        title={t('canvas.title')}
        flush
        aside={counts.data && <AsOf at={counts.data.counted_at} />}
      >
        <Suspense fallback={<Skeleton lines={8} />}>
          <Canvas journey={journey} facts={facts} words={words} choose={choose} />
        </Suspense>
      </Panel>
      <p className={classes.rules}>
        {sentences.entry()} {sentences.only} {sentences.cancel}
      </p>
      <StepsTable journey={journey} facts={facts} words={words} choose={choose} />
      {definition?.published_version && may('view_customers') && (
        <InstancesPanel journeyKey={key} journey={journey} />
      )}
    </div>
  )
}

function useFacts(
  journey: ReturnType<typeof journeyOf>,
  counts: Counts | undefined,
  chosen: string | undefined,
): Map<string, StepFacts> {
  const { t } = useTranslation('journeys')
  const form = useForm()
  const sentences = useSentences(journey)
  const count = new Map(counts?.steps.map((one) => [one.step, one]))
  const facts = new Map<string, StepFacts>()
  facts.set(entryId, {
    kind: 'entry',
    title: t('kind.entry'),
    text: sentences.entry(),
    inside: counts?.states.pending,
    chosen: false,
    wrong: form.problems.some((one) => one.path.startsWith('/entry')),
  })
  const written = Array.isArray(form.body.steps) ? form.body.steps : []
  for (const step of journey.steps) {
    const place = written.findIndex((one: { id?: unknown }) => one?.id === step.id)
    const path = `/steps/${place}`
    facts.set(step.id, {
      kind: step.kind,
      title: t(`kind.${step.kind}`),
      text: sentences.step(step),
      entered: counts ? (count.get(step.id)?.entered ?? 0) : undefined,
      inside: counts ? (count.get(step.id)?.inside ?? 0) : undefined,
      chosen: chosen === step.id,
      wrong: form.problems.some((one) => one.path === path || one.path.startsWith(`${path}/`)),
    })
  }
  const end = { kind: 'end', title: t('kind.end'), text: t('step.end') } as const
  facts.set(endId, { ...end, chosen: false, wrong: false })
  return facts
}

import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import type { Definition } from '../../app/definition'
import { useWord } from '../../locales/words'
import { ConfirmButton, ErrorPanel } from '../../ui'
import { type Report, useRollOut, useTakeBack } from './experiments'
import classes from './Results.module.css'

/** What may be done about a verdict: give everybody the winner, or take that back. */
export function RollOut({
  definition,
  report,
  name,
}: {
  definition: Definition
  report: Report
  name: (key: string) => string
}) {
  const { t } = useTranslation('experiments')
  const may = useMay()
  const word = useWord()
  const takeBack = useTakeBack()
  const refusal = !may('publish')
    ? t('roll_out.no_permission', { permission: word('permission', 'publish') })
    : definition.published_version
      ? null
      : t('roll_out.not_published')
  if (refusal) return <p className={classes.explained}>{refusal}</p>
  if (report.verdict.kind !== 'rolled_out') return <Choice report={report} name={name} />
  return (
    <div className={classes.actions}>
      <Button
        variant="default"
        loading={takeBack.isPending}
        onClick={() => takeBack.mutate({ path: { key: report.experiment } })}
      >
        {t('roll_out.take_back')}
      </Button>
      {takeBack.error && <ErrorPanel error={takeBack.error} />}
    </div>
  )
}

/** The winner is at hand; without one nothing is chosen beforehand, and one has to ask for it. */
function Choice({ report, name }: { report: Report; name: (key: string) => string }) {
  const { t } = useTranslation('experiments')
  const rollOut = useRollOut()
  const best = report.verdict.kind === 'better' ? report.verdict.variant : null
  const [chosen, choose] = useState<string | null>(null)
  const [wanted, want] = useState(false)
  const variant = chosen ?? best
  if (!best && !wanted) {
    return (
      <div className={classes.actions}>
        <span className={classes.soft}>{t('roll_out.no_winner')}</span>
        <Button variant="subtle" onClick={() => want(true)}>
          {t('roll_out.all_the_same')}
        </Button>
      </div>
    )
  }
  return (
    <div className={classes.actions}>
      <NativeSelect
        aria-label={t('roll_out.variant')}
        value={variant ?? ''}
        data={[
          ...(variant ? [] : [{ value: '', label: t('roll_out.choose') }]),
          ...report.variants.map((one) => ({ value: one.key, label: name(one.key) })),
        ]}
        onChange={(event) => choose(event.currentTarget.value || null)}
      />
      {variant && (
        <ConfirmButton
          label={t('roll_out.button')}
          variant={best ? 'filled' : 'default'}
          loading={rollOut.isPending}
          title={t('roll_out.title', { variant: name(variant) })}
          text={best === variant ? t('roll_out.text') : t('roll_out.text_without_verdict')}
          confirm={t('roll_out.confirm')}
          onConfirm={() => rollOut.mutate({ path: { key: report.experiment }, body: { variant } })}
        />
      )}
      {rollOut.error && <ErrorPanel error={rollOut.error} />}
    </div>
  )
}

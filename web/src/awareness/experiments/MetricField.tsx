import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChoiceField, Side, TextField, useChoices, useForm } from '../../app/definition'
import { useWord } from '../../locales/words'
import { blankMetric, type MetricKind, metrics } from './experiments'
import { useMetric } from './useWords'

const responses = ['accept', 'click', 'view', 'reject'] as const

/** What is measured, as a choice and the sentence it makes. */
export function MetricField({ path, label }: { path: string; label: string }) {
  const { t } = useTranslation('experiments')
  const word = useWord()
  const form = useForm()
  const sentence = useMetric()
  const offers = useChoices('offer').choices
  const kind = form.text(`${path}/kind`)
  const events = kind === 'conversion' || kind === 'measure' || kind === 'ratio'
  return (
    <>
      <Side>
        <NativeSelect
          label={label}
          data-path={`${path}/kind`}
          error={form.error(path)}
          disabled={form.readOnly}
          value={kind}
          data={metrics.map((value) => ({ value, label: t(`metric.kind.${value}`) }))}
          onChange={(event) => {
            // The words of the list are the kinds themselves.
            const chosen = event.currentTarget.value as MetricKind
            form.set(path, blankMetric[chosen])
          }}
        />
        {kind === 'response' && (
          <>
            <ChoiceField
              path={`${path}/response`}
              label={t('metric.response')}
              choices={responses.map((value) => ({ value, label: word('response', value) }))}
            />
            <ChoiceField
              path={`${path}/offer`}
              label={t('metric.offer')}
              choices={offers}
              none={t('metric.any_offer')}
            />
          </>
        )}
        {events && <TextField path={`${path}/event`} label={t('metric.event')} required />}
        {(kind === 'measure' || kind === 'ratio') && (
          <TextField
            path={`${path}/property`}
            label={t('metric.property')}
            hint={kind === 'measure' ? t('metric.property_hint') : undefined}
            required={kind === 'ratio'}
          />
        )}
      </Side>
      <p style={{ margin: 0, fontSize: 13 }}>{sentence(form.value(path))}</p>
    </>
  )
}

import { useTranslation } from 'react-i18next'
import { CriteriaField, NumberField, RowList, useForm } from '../../app/definition'
import { Panel } from '../../ui'
import { LeverName, useLeverName } from './LeverName'

/** Factors that count while criteria hold: weather, device, an agent's skill. */
export function ContextWeights() {
  const { t } = useTranslation('strategies')
  const form = useForm()
  const leverName = useLeverName()
  const concerns = (place: number) => form.text(`/context_weights/${place}/concerns`)
  return (
    <Panel title={t('circumstances.title')}>
      <RowList
        path="/context_weights"
        heading={(place) => leverName(concerns(place) || 'channel:web')}
        add={t('circumstances.add')}
        blank={() => ({
          when: { context: 'device', equals: 'mobile' },
          concerns: 'channel:web',
          weight: 1,
        })}
        empty={t('circumstances.empty')}
      >
        {(path, place) => (
          <>
            <CriteriaField path={`${path}/when`} label={t('circumstances.when')} />
            <LeverName
              value={concerns(place) || 'channel:web'}
              rename={(next) => form.set(`${path}/concerns`, next)}
            />
            <NumberField
              path={`${path}/weight`}
              label={t('levers.factor')}
              required
              digits={3}
              min={0}
              max={1000}
            />
          </>
        )}
      </RowList>
    </Panel>
  )
}

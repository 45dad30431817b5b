import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  Fields,
  MoneyField,
  NumberField,
  Side,
  SwitchField,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'

const kinds = ['pool', 'coupon'] as const

/** Whether a code or a coupon comes with the offer. */
export function CodePanel() {
  const { t } = useTranslation('offers')
  const form = useForm()
  useFieldLabel('/code', t('code.kind'))
  const kind = form.text('/code/kind')
  return (
    <Panel title={t('code.title')}>
      <Fields>
        <NativeSelect
          label={t('code.kind')}
          description={t('code.hint', { open: '{{', close: '}}' })}
          disabled={form.readOnly}
          value={kind}
          data-path="/code"
          error={form.error('/code', true)}
          data={[
            { value: '', label: t('code.none') },
            ...kinds.map((value) => ({ value, label: t(`code.${value}`) })),
          ]}
          onChange={(event) => {
            const next = event.currentTarget.value
            form.set('/code', next ? { kind: next } : undefined)
          }}
        />
        {kind && (
          <Side>
            <NumberField
              path="/code/valid_days"
              label={t('code.valid_days')}
              hint={t('code.valid_hint')}
              unit={t('days')}
              min={1}
            />
            {kind === 'pool' ? (
              <NumberField
                path="/code/warn_below"
                label={t('code.warn_below')}
                min={0}
                placeholder="50"
              />
            ) : (
              <MoneyField
                path="/code/worth_cents"
                label={t('code.worth')}
                hint={t('code.worth_hint')}
                currency={form.text('/currency') || 'EUR'}
              />
            )}
          </Side>
        )}
        {kind === 'coupon' && (
          <SwitchField path="/code/bearer" label={t('code.bearer')} hint={t('code.bearer_hint')} />
        )}
      </Fields>
    </Panel>
  )
}

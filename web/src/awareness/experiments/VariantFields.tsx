import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  type AnyBody,
  ChoiceField,
  ContextWeightRows,
  Levers,
  NumberField,
  PercentField,
  PickField,
  RowList,
  RuleField,
  Side,
  TextField,
  useChoices,
  useForm,
} from '../../app/definition'
import { JsonField } from './JsonField'

/** The variants; the first is the baseline. */
export function VariantFields() {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const variants = form.list('/variants')
  const letter = String.fromCharCode(97 + variants.length)
  return (
    <RowList
      path="/variants"
      heading={(place) =>
        place === 0
          ? t('variants.baseline', { key: form.text('/variants/0/key') })
          : t('variants.other', { key: form.text(`/variants/${place}/key`) })
      }
      add={t('variants.add')}
      blank={() => ({ key: letter, share: 0, change: {} })}
    >
      {(path, place) => (
        <>
          <Side>
            <TextField path={`${path}/key`} label={t('variants.key')} required />
            <TextField path={`${path}/name/en`} label={t('variants.name_en')} />
            <TextField path={`${path}/name/zh`} label={t('variants.name_zh')} />
            <PercentField path={`${path}/share`} label={t('variants.share')} required />
          </Side>
          <Change path={`${path}/change`} baseline={place === 0} />
        </>
      )}
    </RowList>
  )
}

/** What a variant changes, in the fields of what is varied. */
function Change({ path, baseline }: { path: string; baseline: boolean }) {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const offers = useChoices('offer')
  const subject = form.text('/subject/kind')
  const hint = baseline ? t('change.baseline') : undefined
  if (subject === 'placement') {
    return (
      <>
        {hint && <p style={soft}>{hint}</p>}
        <Side>
          <TextField path={`${path}/fallback/title`} label={t('change.title')} />
          <TextField path={`${path}/fallback/text`} label={t('change.text')} />
          <TextField path={`${path}/fallback/link_url`} label={t('change.link')} type="url" />
          <NumberField path={`${path}/count`} label={t('change.count')} min={1} max={20} />
        </Side>
      </>
    )
  }
  if (subject === 'offers') {
    return <PickField path={`${path}/offers`} label={t('change.offers')} choices={offers.choices} />
  }
  if (subject === 'offer') {
    const body = offers.items.find((one) => one.key === form.text('/subject/key'))?.body
    const known = (body as AnyBody | undefined)?.variants
    const keys = Array.isArray(known) ? known.map((one) => String(one?.key ?? '')) : []
    return (
      <TextField
        path={`${path}/variant`}
        label={t('change.variant')}
        hint={
          keys.length > 0
            ? t('change.variants', { keys: keys.join(', ') })
            : t('change.variant_hint')
        }
      />
    )
  }
  if (subject === 'strategy') return <StrategyChange path={path} hint={hint} />
  if (subject === 'touchpoint') {
    return <JsonField path={path} label={t('change.touchpoint')} hint={hint} />
  }
  return <p style={soft}>{t('change.journey')}</p>
}

/** What a variant of a strategy does otherwise; all the rest is as the strategy says. */
function StrategyChange({ path, hint }: { path: string; hint: string | undefined }) {
  const { t } = useTranslation('experiments')
  const form = useForm()
  const { items } = useChoices('strategy')
  const strategy = items.find((one) => one.key === form.text('/subject/key'))?.body
  const own = (strategy as AnyBody | undefined)?.context_weights
  const weights = `${path}/context_weights`
  const varied = form.value(weights) !== undefined
  return (
    <>
      {hint && <p style={soft}>{hint}</p>}
      <strong>{t('change.levers')}</strong>
      <Levers path={`${path}/levers`} empty={t('change.levers_same')} />
      <ChoiceField
        path={`${path}/value`}
        label={t('change.value')}
        none={t('change.same')}
        choices={(['stated', 'incremental'] as const).map((value) => ({
          value,
          label: t(`change.${value}`),
        }))}
      />
      <strong>{t('change.weights')}</strong>
      {varied ? (
        <ContextWeightRows path={weights} />
      ) : (
        <p style={soft}>{t('change.weights_same')}</p>
      )}
      {!form.readOnly && (
        <div>
          <Button
            variant="default"
            onClick={() => form.set(weights, varied ? undefined : Array.isArray(own) ? own : [])}
          >
            {t(varied ? 'change.weights_drop' : 'change.weights_vary')}
          </Button>
        </div>
      )}
    </>
  )
}

const soft = { margin: 0, fontSize: 13, color: 'var(--ink-soft)' }

/** Who may take part; everyone when nothing is written. */
export function AudienceField() {
  const { t } = useTranslation('experiments')
  return <RuleField path="/audience" label={t('audience.label')} />
}

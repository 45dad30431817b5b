import { useTranslation } from 'react-i18next'
import {
  type AnyBody,
  ChoiceField,
  Fields,
  MoneyField,
  NumberField,
  PercentField,
  TextField,
  useChoices,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'

export type Attribute = {
  key: string
  kind: 'text' | 'number' | 'percent' | 'money' | 'date' | 'url' | 'choice'
  required?: boolean
  choices?: string[]
  description?: string
}

/** The form that the offer's template demands. */
export function AttributesPanel() {
  const { t } = useTranslation('offers')
  const form = useForm()
  const attributes = useTemplateAttributes()
  const known = useChoices('offer_template').items.some((one) => one.key === form.text('/template'))
  const given = Object.keys(form.value('/attributes') ?? {})
  const strange = given.filter((key) => !attributes.some((one) => one.key === key))
  if (!form.text('/template')) return <Panel title={t('attributes')}>{t('choose_template')}</Panel>
  return (
    <Panel title={t('attributes')}>
      <Fields>
        {attributes.length === 0 && <p style={{ margin: 0 }}>{t('no_attributes')}</p>}
        {attributes.map((attribute) => (
          <AttributeField key={attribute.key} attribute={attribute} />
        ))}
        {known &&
          strange.map((key) => (
            <TextField key={key} path={`/attributes/${key}`} label={key} hint={t('unknown')} />
          ))}
      </Fields>
    </Panel>
  )
}

/** The attributes that the offer's template knows. */
export function useTemplateAttributes(): Attribute[] {
  const form = useForm()
  const templates = useChoices('offer_template').items
  const template = templates.find((one) => one.key === form.text('/template'))
  const list = (template?.body as AnyBody | undefined)?.attributes
  // The server checked the template when it was saved.
  return (Array.isArray(list) ? list : []) as Attribute[]
}

export function AttributeField({
  attribute,
  prefix = '/attributes',
}: {
  attribute: Attribute
  prefix?: string
}) {
  const form = useForm()
  const field = {
    path: `${prefix}/${attribute.key}`,
    label: attribute.key,
    hint: attribute.description || undefined,
    required: attribute.required,
  }
  switch (attribute.kind) {
    case 'text':
      return <TextField {...field} />
    case 'url':
      return <TextField {...field} type="url" />
    case 'date':
      return <TextField {...field} type="date" />
    case 'number':
      return <NumberField {...field} digits={6} />
    case 'percent':
      return <PercentField {...field} />
    case 'money':
      return <MoneyField {...field} currency={form.text('/currency') || 'EUR'} />
    case 'choice': {
      const choices = (attribute.choices ?? []).map((value) => ({ value, label: value }))
      return <ChoiceField {...field} choices={choices} />
    }
  }
}

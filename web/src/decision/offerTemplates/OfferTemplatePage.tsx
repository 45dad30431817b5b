import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  DefinitionPage,
  Fields,
  FormColumns,
  NameField,
  RowList,
  Side,
  SwitchField,
  TagsField,
  TextField,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { offerTemplatePath, offerTemplatesPath } from './nav'

const kinds = ['text', 'number', 'percent', 'money', 'date', 'url', 'choice'] as const
const blank = { name: { en: '' }, attributes: [] }

export default function OfferTemplatePage() {
  const { t } = useTranslation(['offer_templates', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'offer_template',
        listPath: offerTemplatesPath,
        listLabel: t('title'),
        pathOf: offerTemplatePath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: TemplateForm }],
      }}
    />
  )
}

function TemplateForm() {
  const { t } = useTranslation('offer_templates')
  const form = useForm()
  return (
    <FormColumns>
      <Panel title={t('general')}>
        <NameField />
      </Panel>
      <Panel title={t('attributes')}>
        <RowList
          path="/attributes"
          heading={(place) => form.text(`/attributes/${place}/key`) || t('attribute.new')}
          add={t('attribute.add')}
          blank={() => ({ key: '', kind: 'text', required: false, description: '' })}
          empty={t('attribute.none')}
        >
          {(path) => (
            <Fields>
              <Side>
                <TextField path={`${path}/key`} label={t('attribute.key')} required />
                <ChoiceField
                  path={`${path}/kind`}
                  label={t('attribute.kind')}
                  choices={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
                />
              </Side>
              {form.text(`${path}/kind`) === 'choice' && (
                <TagsField path={`${path}/choices`} label={t('attribute.choices')} all />
              )}
              <TextField path={`${path}/description`} label={t('attribute.description')} />
              <SwitchField path={`${path}/required`} label={t('attribute.required')} />
            </Fields>
          )}
        </RowList>
      </Panel>
    </FormColumns>
  )
}

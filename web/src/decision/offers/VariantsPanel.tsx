import { useTranslation } from 'react-i18next'
import {
  ChannelsField,
  ChoiceField,
  CriteriaField,
  Fields,
  LongTextField,
  MoneyField,
  PercentField,
  RowList,
  Side,
  TagsField,
  TextField,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { Panel } from '../../ui'
import { AttributeField, useTemplateAttributes } from './AttributesPanel'
import type { Variant } from './offers'

/** One offer in several forms: what each says differently, and for whom it is. */
export function VariantsPanel() {
  const { t } = useTranslation('offers')
  const form = useForm()
  const variants = form.list('/variants') as Variant[] // As the form writes them.
  const heading = (place: number) =>
    t('variants.heading', { number: place + 1, key: variants[place]?.key || '–' })
  return (
    <Panel title={t('variants.title')} side="ours">
      <Fields>
        <p style={{ margin: 0 }}>{t('variants.text', { open: '{{', close: '}}' })}</p>
        {variants.length > 1 && (
          <ChoiceField
            path="/variant_choice"
            otherwise="first_fit"
            label={t('variants.choice')}
            hint={t('variants.choice_hint')}
            choices={(['first_fit', 'arbitration'] as const).map((value) => ({
              value,
              label: t(`variants.${value}`),
            }))}
          />
        )}
        <RowList
          path="/variants"
          heading={heading}
          add={t('variants.add')}
          blank={() => ({ key: '', attributes: {} })}
          empty={t('variants.none')}
        >
          {(path) => <VariantFields path={path} />}
        </RowList>
      </Fields>
    </Panel>
  )
}

function VariantFields({ path }: { path: string }) {
  const { t } = useTranslation('offers')
  const form = useForm()
  const attributes = useTemplateAttributes()
  const currency = form.text('/currency') || 'EUR'
  return (
    <Fields>
      <TextField
        path={`${path}/key`}
        label={t('variants.key')}
        hint={t('variants.key_hint')}
        required
      />
      {attributes.map((attribute) => (
        <AttributeField
          key={attribute.key}
          attribute={{ ...attribute, required: false }}
          prefix={`${path}/attributes`}
        />
      ))}
      <Side>
        <MoneyField path={`${path}/value_cents`} label={t('worth.value')} currency={currency} />
        <MoneyField path={`${path}/cost_cents`} label={t('worth.cost')} currency={currency} />
        <PercentField path={`${path}/propensity`} label={t('worth.propensity')} />
      </Side>
      <ChannelsField path={`${path}/channels`} label={t('variants.channels')} all />
      <TagsField
        path={`${path}/languages`}
        label={t('variants.languages')}
        hint={t('variants.languages_hint')}
        suggestions={['en', 'zh']}
        all
      />
      <CriteriaField path={`${path}/when`} label={t('variants.when')} />
      <VariantCreatives path={`${path}/creatives`} />
    </Fields>
  )
}

function VariantCreatives({ path }: { path: string }) {
  const { t } = useTranslation('offers')
  const word = useWord()
  const form = useForm()
  const channels = form
    .texts('/channels')
    .map((value) => ({ value, label: word('channel', value) }))
  return (
    <RowList
      path={path}
      heading={(place) => t('variants.creative', { number: place + 1 })}
      add={t('variants.add_creative')}
      blank={() => ({ channel: channels[0]?.value ?? 'web', language: 'en', title: '', text: '' })}
      empty={t('variants.same_creatives')}
    >
      {(row) => (
        <Fields>
          <Side>
            <ChoiceField path={`${row}/channel`} label={t('filter.channel')} choices={channels} />
            <TextField path={`${row}/language`} label={t('variants.language')} required />
          </Side>
          <TextField path={`${row}/title`} label={t('creatives.heading')} required />
          <LongTextField path={`${row}/text`} label={t('creatives.text')} />
          <TextField path={`${row}/link_url`} label={t('creatives.link')} type="url" />
        </Fields>
      )}
    </RowList>
  )
}

import { useTranslation } from 'react-i18next'
import {
  ChannelsField,
  DefinitionPage,
  Fields,
  FormColumns,
  InstantField,
  LongTextField,
  NameField,
  SwitchField,
  TextField,
} from '../../app/definition'
import { Panel } from '../../ui'
import { EntriesView } from './EntriesView'
import { suppressionPath, suppressionsPath } from './nav'

const blank = { name: { en: '' }, owner: '', reason: '' }

export default function SuppressionPage() {
  const { t } = useTranslation(['suppressions', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'suppression_list',
        listPath: suppressionsPath,
        listLabel: t('title'),
        pathOf: suppressionPath,
        newTitle: t('create'),
        blank,
        views: [
          { key: 'form', label: t('definition:view.form'), content: SuppressionForm },
          { key: 'entries', label: t('entries.title'), content: EntriesView },
        ],
      }}
    />
  )
}

function SuppressionForm() {
  const { t } = useTranslation('suppressions')
  return (
    <FormColumns aside={<Panel title={t('about')}>{t('about_text')}</Panel>}>
      <Panel title={t('general')}>
        <Fields>
          <NameField />
          <TextField path="/owner" label={t('owner')} hint={t('owner_hint')} required />
          <LongTextField path="/reason" label={t('reason')} rows={2} />
          <ChannelsField path="/channels" label={t('channels')} hint={t('channels_hint')} all />
          <SwitchField path="/everything" label={t('everything')} hint={t('everything_hint')} />
          <InstantField path="/expires_at" label={t('expires')} hint={t('expires_hint')} />
        </Fields>
      </Panel>
    </FormColumns>
  )
}

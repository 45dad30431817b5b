import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import {
  ChoiceField,
  type Definition,
  Fields,
  FormColumns,
  NameField,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { FromPanel } from './FromPanel'
import { kindOf, streams } from './feeds'
import { LookPanels } from './LookPanels'
import { SchedulePanel } from './SchedulePanel'
import { StandingPanel } from './StandingPanel'

export function FeedForm({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('feeds')
  const form = useForm()
  const stream = streams(kindOf(form.text('/from/kind')))
  const sources = useQuery({ ...query('/api/sources', { query: { limit: 500 } }), retry: false })
  const choices = (sources.data?.items ?? []).map((one) => ({ value: one.key, label: one.title }))
  const known = definition?.published_version ? definition.key : null
  return (
    <>
      <FormColumns aside={known && <StandingPanel feed={known} />}>
        <Panel title={t('what')}>
          <Fields>
            <NameField />
            <ChoiceField
              path="/source"
              label={t('source.label')}
              hint={t('source.hint')}
              choices={choices}
              none={t('source.none')}
            />
          </Fields>
        </Panel>
        <FromPanel />
        {!stream && <SchedulePanel />}
      </FormColumns>
      <LookPanels />
    </>
  )
}

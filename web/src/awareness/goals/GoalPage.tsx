import { Autocomplete } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { DefinitionPage, FormColumns, NameField, useForm } from '../../app/definition'
import { Panel } from '../../ui'
import { EventsField } from '../explore/EventsField'
import { goalPath, goalsPath } from './nav'

const blank = { name: { en: '' }, of: { event: 'Order Completed' } }

export default function GoalPage() {
  const { t } = useTranslation(['goals', 'definition'])
  return (
    <DefinitionPage
      setup={{
        kind: 'goal',
        listPath: goalsPath,
        listLabel: t('title'),
        pathOf: goalPath,
        newTitle: t('create'),
        blank,
        views: [{ key: 'form', label: t('definition:view.form'), content: GoalForm }],
      }}
    />
  )
}

function GoalForm() {
  const { t } = useTranslation('goals')
  const form = useForm()
  const vocabulary = useQuery({ ...query('/api/vocabulary'), staleTime: 60_000 })
  const where = form.list('/of/where').filter(isTest)
  return (
    <FormColumns>
      <Panel title={t('general')}>
        <NameField />
      </Panel>
      <Panel title={t('event')}>
        <div data-path="/of">
          {vocabulary.data && !form.readOnly ? (
            <EventsField
              label={t('event_name')}
              value={{ event: form.text('/of/event'), where }}
              vocabulary={vocabulary.data}
              onChange={(of) => form.set('/of', of)}
            />
          ) : (
            <Autocomplete
              label={t('event_name')}
              value={form.text('/of/event')}
              readOnly={form.readOnly}
              onChange={(event) => form.set('/of/event', event)}
              error={form.error('/of/event')}
            />
          )}
        </div>
      </Panel>
    </FormColumns>
  )
}

function isTest(one: unknown): one is Record<string, unknown> {
  return one !== null && typeof one === 'object'
}

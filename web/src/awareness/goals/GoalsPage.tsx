import { useTranslation } from 'react-i18next'
import { type AnyBody, bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { useEventName } from '../../locales/words'
import { goalPath } from './nav'

function eventOf(body: AnyBody): string {
  const of: unknown = body.of
  return of !== null && typeof of === 'object' && 'event' in of ? String(of.event) : '–'
}

export default function GoalsPage() {
  const { t } = useTranslation('goals')
  const common = useCommonColumns()
  const eventName = useEventName()
  return (
    <DefinitionList
      setup={{
        kind: 'goal',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: goalPath,
      }}
      columns={[
        common.name,
        {
          key: 'event',
          header: t('event'),
          cell: (row) => eventName(eventOf(bodyOf(row))),
        },
        common.state,
        common.changed,
      ]}
    />
  )
}

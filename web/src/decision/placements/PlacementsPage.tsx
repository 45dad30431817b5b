import { useTranslation } from 'react-i18next'
import { bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { useWord } from '../../locales/words'
import { placementPath } from './nav'

export default function PlacementsPage() {
  const { t } = useTranslation('placements')
  const word = useWord()
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'placement',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: placementPath,
      }}
      columns={[
        common.name,
        {
          key: 'channel',
          header: t('column.channel'),
          cell: (row) => word('channel', String(bodyOf(row).channel ?? '')),
        },
        {
          key: 'touchpoint',
          header: t('column.touchpoint'),
          cell: (row) => String(bodyOf(row).touchpoint || '–'),
        },
        {
          key: 'count',
          header: t('column.count'),
          align: 'end',
          cell: (row) => String(bodyOf(row).count ?? 1),
        },
        common.state,
        common.changed,
      ]}
    />
  )
}

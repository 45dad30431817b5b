import { useTranslation } from 'react-i18next'
import { bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { useFormat } from '../../ui'
import { strategyPath } from './nav'

export default function StrategiesPage() {
  const { t } = useTranslation('strategies')
  const format = useFormat()
  const common = useCommonColumns()
  return (
    <DefinitionList
      setup={{
        kind: 'strategy',
        title: t('title'),
        lead: t('lead'),
        search: t('search'),
        create: t('create'),
        empty: { title: t('empty.title'), text: t('empty.text') },
        pathOf: strategyPath,
      }}
      columns={[
        common.name,
        {
          key: 'levers',
          header: t('levers.title'),
          align: 'end',
          cell: (row) => format.number(Object.keys(bodyOf(row).levers ?? {}).length),
        },
        {
          key: 'control',
          header: t('control.title'),
          align: 'end',
          cell: (row) => format.percent(Number(bodyOf(row).universal_control_fraction ?? 0)),
        },
        common.state,
        common.changed,
      ]}
    />
  )
}

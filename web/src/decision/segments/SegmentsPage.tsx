import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { bodyOf, DefinitionList, useCommonColumns } from '../../app/definition'
import { useOwnText } from '../../locales/words'
import { AsOf, useFormat } from '../../ui'
import { segmentPath, splitPath } from './nav'
import { type Figures, figuresQuery, membershipOf } from './segments'

export default function SegmentsPage() {
  const { t } = useTranslation('segments')
  const common = useCommonColumns()
  const ownText = useOwnText()
  const format = useFormat()
  const figures = useQuery({ ...figuresQuery(), refetchInterval: 10_000 })
  const of = (key: string): Figures | undefined => figures.data?.find((one) => one.segment === key)
  const number = (key: string, read: (one: Figures) => number) => {
    const found = of(key)
    return found ? format.number(read(found)) : '–'
  }
  return (
    <>
      <DefinitionList
        setup={{
          kind: 'segment',
          title: t('title'),
          lead: t('lead'),
          search: t('search'),
          create: t('create'),
          empty: { title: t('empty.title'), text: t('empty.text') },
          pathOf: segmentPath,
        }}
        columns={[
          common.name,
          {
            key: 'description',
            header: t('description'),
            wrap: true,
            cell: (row) => ownText(bodyOf(row).description) || '–',
          },
          {
            key: 'membership',
            header: t('membership.label'),
            cell: (row) => t(`membership.${membershipOf(bodyOf(row))}`),
          },
          {
            key: 'size',
            header: t('size'),
            align: 'end',
            cell: (row) => number(row.key, (one) => one.size),
          },
          {
            key: 'entered',
            header: t('entered_today'),
            align: 'end',
            cell: (row) => number(row.key, (one) => one.entered_today),
          },
          {
            key: 'left',
            header: t('left_today'),
            align: 'end',
            cell: (row) => number(row.key, (one) => one.left_today),
          },
          {
            key: 'as_of',
            header: t('as_of'),
            cell: (row) => {
              const at = of(row.key)?.as_of
              return at ? <AsOf at={at} /> : '–'
            },
          },
          common.state,
        ]}
      />
      <div style={{ marginTop: 12 }}>
        <Button component={Link} to={splitPath} variant="default">
          {t('split.open')}
        </Button>
      </div>
    </>
  )
}

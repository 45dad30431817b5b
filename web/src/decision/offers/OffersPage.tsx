import { Checkbox, NativeSelect, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  channels,
  type Definition,
  DefinitionList,
  inUse,
  useChoices,
  useCommonColumns,
} from '../../app/definition'
import { useOwnText, useWord } from '../../locales/words'
import { type Column, Icon, Money, StatusBadge, useFormat, useUrl } from '../../ui'
import { offerPath } from './nav'
import { OfferCards } from './OfferCards'
import { categories, keeps, missing, offerOf, tags, validity } from './offers'
import { useRecalls } from './RecallPanel'
import { RetireBar } from './RetireBar'
import { ValidityBadge } from './ValidityBadge'

const validities = ['now', 'ends_soon', 'later', 'ended'] as const

export default function OffersPage() {
  const { t } = useTranslation('offers')
  const may = useMay()
  const [search] = useUrl()
  const [now] = useState(Date.now)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const choose = (key: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(key)
    else next.delete(key)
    setChosen(next)
  }
  const columns = useColumns(now)
  const select = useSelectColumn(chosen, choose)
  const keep = keeps(
    { channel: search.channel, category: search.category, valid: search.valid, tag: search.tag },
    now,
  )
  return (
    <>
      <DefinitionList
        setup={{
          kind: 'offer',
          title: t('title'),
          lead: t('lead'),
          search: t('search'),
          create: t('create'),
          empty: { title: t('empty.title'), text: t('empty.text') },
          pathOf: offerPath,
        }}
        columns={may('publish') ? [...columns, select] : columns}
        keep={keep}
        filters={<OfferFilters />}
        filterNames={['channel', 'category', 'valid', 'tag']}
      >
        {search.look === 'cards'
          ? ({ found }) => <OfferCards offers={found} now={now} />
          : undefined}
      </DefinitionList>
      {chosen.size > 0 && (
        <RetireBar keys={[...chosen]} choose={(keys) => setChosen(new Set(keys))} />
      )}
    </>
  )
}

function OfferFilters() {
  const { t } = useTranslation('offers')
  const word = useWord()
  const [search, setSearch] = useUrl()
  const { items } = useChoices('offer')
  const known = categories(items)
  const labels = tags(items)
  return (
    <>
      <NativeSelect
        aria-label={t('filter.channel')}
        value={search.channel ?? ''}
        data={[
          { value: '', label: t('filter.every_channel') },
          ...channels.map((value) => ({ value, label: word('channel', value) })),
        ]}
        onChange={(event) => setSearch({ channel: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label={t('filter.category')}
        value={search.category ?? ''}
        data={[
          { value: '', label: t('filter.every_category') },
          ...known.map((value) => ({ value, label: word('category', value) })),
        ]}
        onChange={(event) => setSearch({ category: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label={t('filter.validity')}
        value={search.valid ?? ''}
        data={[
          { value: '', label: t('filter.any_time') },
          ...validities.map((value) => ({ value, label: t(`validity.${value}`) })),
        ]}
        onChange={(event) => setSearch({ valid: event.currentTarget.value })}
      />
      {labels.length > 0 && (
        <NativeSelect
          aria-label={t('tags')}
          value={search.tag ?? ''}
          data={[
            { value: '', label: t('filter.every_tag') },
            ...labels.map((value) => ({ value, label: value })),
          ]}
          onChange={(event) => setSearch({ tag: event.currentTarget.value })}
        />
      )}
      <SegmentedControl
        aria-label={t('look.label')}
        value={search.look === 'cards' ? 'cards' : 'table'}
        data={[
          { value: 'table', label: t('look.table') },
          { value: 'cards', label: t('look.cards') },
        ]}
        onChange={(look) => setSearch({ look: look === 'cards' ? look : null })}
      />
    </>
  )
}

function useColumns(now: number): Column<Definition>[] {
  const { t } = useTranslation('offers')
  const word = useWord()
  const format = useFormat()
  const common = useCommonColumns()
  const recalled = new Set(useRecalls().data?.map((one) => one.offer))
  return [
    common.name,
    {
      ...common.state,
      cell: (row) => {
        const valid = validity(offerOf(row.body), now)
        return (
          <>
            {common.state.cell(row)} {valid !== 'now' && <ValidityBadge validity={valid} />}
          </>
        )
      },
    },
    {
      key: 'category',
      header: t('category'),
      cell: (row) => word('category', offerOf(row.body).category),
    },
    {
      key: 'channels',
      header: t('column.channels'),
      wrap: true,
      cell: (row) =>
        (offerOf(row.body).channels ?? []).map((one) => word('channel', one)).join(', '),
    },
    {
      key: 'notes',
      header: t('column.notes'),
      wrap: true,
      cell: (row) => <Notes row={row} recalled={recalled.has(row.key)} />,
    },
    {
      key: 'value',
      header: t('column.value'),
      align: 'end',
      cell: (row) => <Amount cents={offerOf(row.body).value_cents} row={row} />,
    },
    {
      key: 'cost',
      header: t('column.cost'),
      align: 'end',
      cell: (row) => <Amount cents={offerOf(row.body).cost_cents} row={row} />,
    },
    {
      key: 'propensity',
      header: t('column.propensity'),
      align: 'end',
      wide: true,
      cell: (row) => format.percent(offerOf(row.body).propensity ?? 0),
    },
    { ...common.changed, wide: true },
  ]
}

/** What is special about an offer, and what it is marked with. */
function Notes({ row, recalled }: { row: Definition; recalled: boolean }) {
  const { t } = useTranslation('offers')
  const offer = offerOf(row.body)
  const lacks = [...new Set(missing(offer).map((one) => one.language))]
  const marks = [
    offer.code && t(`code.${offer.code.kind}`),
    offer.variants?.length && t('variants.count', { count: offer.variants.length }),
    offer.owner,
    ...(offer.tags ?? []),
  ]
  return (
    <>
      {recalled && <StatusBadge tone="bad" word={t('recall.recalled')} />}{' '}
      {marks.filter(Boolean).join(' · ') || (recalled || lacks.length > 0 ? '' : '–')}
      {lacks.length > 0 && <Lacks languages={lacks} />}
    </>
  )
}

function Amount({ cents, row }: { cents: number | undefined; row: Definition }) {
  const { currency } = offerOf(row.body)
  return currency && cents ? <Money cents={cents} currency={currency} /> : <>–</>
}

/** The languages in which a text is missing. */
function Lacks({ languages }: { languages: string[] }) {
  const { t } = useTranslation('offers')
  const names = languages.map((one) => (one === 'en' ? t('en') : t('zh'))).join(', ')
  return (
    <div style={{ color: 'var(--warn)', display: 'flex', alignItems: 'center', gap: 4 }}>
      <Icon name="warning" size={13} />
      {t('languages.lacks', { names })}
    </div>
  )
}

function useSelectColumn(
  chosen: ReadonlySet<string>,
  choose: (key: string, on: boolean) => void,
): Column<Definition> {
  const { t } = useTranslation('offers')
  const ownText = useOwnText()
  return {
    key: 'select',
    header: t('select'),
    hidden: true,
    align: 'end',
    cell: (row) =>
      inUse(row) ? (
        <Checkbox
          size="sm"
          aria-label={t('select_one', { name: ownText(offerOf(row.body).name) })}
          checked={chosen.has(row.key)}
          onChange={(event) => choose(row.key, event.currentTarget.checked)}
        />
      ) : null,
  }
}

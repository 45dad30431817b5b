import { NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useOwnText } from '../../locales/words'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  PageHeader,
  type Rows,
  SearchField,
  useUrl,
  When,
  Wide,
} from '../../ui'
import { useAuthor } from './author'
import {
  type AnyBody,
  bodyOf,
  type Definition,
  definitionPages,
  editPermission,
  type Kind,
  standing,
} from './definitions'
import { FilesMenu } from './FilesMenu'
import { StateBadge } from './StateBadge'
import { useRefusal } from './useRefusal'

const states = ['draft', 'published', 'newer_draft', 'retired'] as const

/** What every list of definitions is told. */
export type ListSetup = {
  kind: Kind
  title: string
  lead: string
  search: string
  create: string
  empty: { title: string; text: string }
  pathOf: (key: string) => string
}

/** The definitions of a kind that the search and the state in the address leave. */
export function useDefinitions(kind: Kind, keep: (body: AnyBody) => boolean = () => true) {
  const [search] = useUrl()
  const ownText = useOwnText()
  const rows = useInfiniteQuery(definitionPages(kind))
  const asked = (search.q ?? '').toLowerCase()
  const fits = (row: Definition) => {
    const body = bodyOf(row)
    const words = `${row.key} ${row.title} ${ownText(body.name)} ${JSON.stringify(body.name)}`
    const stands = !search.state || standing(row) === search.state
    return stands && words.toLowerCase().includes(asked) && keep(body)
  }
  const items = rows.data?.pages.flatMap((page) => page.items)
  const found = items?.filter(fits) ?? []
  const shown: Rows<Definition> = { ...rows, data: items && { pages: [{ items: found }] } }
  return { rows: shown, found, total: items?.length ?? 0 }
}

/** The page of a kind: search, state, the list, something new, files. */
export function DefinitionList({
  setup,
  columns,
  keep,
  filters,
  filterNames = [],
  children,
}: {
  setup: ListSetup
  columns: Column<Definition>[]
  keep?: (body: AnyBody) => boolean
  filters?: ReactNode
  /** Names in the address that narrow the list besides search and state. */
  filterNames?: string[]
  /** What stands instead of the table. */
  children?: (list: ReturnType<typeof useDefinitions>) => ReactNode
}) {
  const { t } = useTranslation('definition')
  const refusal = useRefusal(editPermission[setup.kind])
  const [search, setSearch] = useUrl()
  const list = useDefinitions(setup.kind, keep)
  const narrowed = ['q', 'state', ...filterNames].filter((name) => search[name])
  return (
    <>
      <PageHeader
        title={setup.title}
        lead={setup.lead}
        actions={<FilesMenu kind={setup.kind} />}
        create={{
          label: setup.create,
          to: setup.pathOf('new'),
          disabledBecause: refusal,
        }}
      />
      <Filters>
        <SearchField
          label={setup.search}
          value={search.q ?? ''}
          onSearch={(q) => setSearch({ q })}
        />
        <NativeSelect
          aria-label={t('list.state')}
          value={search.state ?? ''}
          data={[
            { value: '', label: t('list.every_state') },
            ...states.map((value) => ({ value, label: t(`standing.${value}`) })),
          ]}
          onChange={(event) => setSearch({ state: event.currentTarget.value })}
        />
        {filters}
      </Filters>
      {children && list.found.length > 0 ? (
        children(list)
      ) : (
        <DataTable
          label={setup.title}
          columns={columns}
          rows={list.rows}
          rowKey={(row) => row.key}
          rowLink={(row) => setup.pathOf(row.key)}
          empty={<EmptyState title={setup.empty.title} text={setup.empty.text} />}
          filtered={
            narrowed.length > 0 && list.total > 0
              ? {
                  text: t('list.none_fits', { count: list.total }),
                  clear: () => setSearch(Object.fromEntries(narrowed.map((name) => [name, null]))),
                }
              : undefined
          }
        />
      )}
    </>
  )
}

/** The columns that every kind has: name first, state and last change at the end. */
export function useCommonColumns(): {
  name: Column<Definition>
  state: Column<Definition>
  changed: Column<Definition>
} {
  const { t } = useTranslation('definition')
  const ownText = useOwnText()
  const author = useAuthor()
  return {
    name: {
      key: 'name',
      header: t('list.name'),
      wrap: true,
      cell: (row) => ownText(bodyOf(row).name) || row.title || row.key,
    },
    state: {
      key: 'state',
      header: t('list.state'),
      cell: (row) => <StateBadge definition={row} />,
    },
    changed: {
      key: 'changed',
      header: t('list.changed'),
      cell: (row) => (
        <>
          <When at={row.created_at} />
          <Wide> · {author(row.author)}</Wide>
        </>
      ),
    },
  }
}

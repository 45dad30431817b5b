import { NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { customerPath } from '../../memory/customers/nav'
import {
  type Column,
  DataTable,
  EmptyState,
  Filters,
  Panel,
  StatusBadge,
  type Tone,
  useUrl,
  When,
} from '../../ui'
import { type Instance, instancePages, instanceStates, type Journey } from './journeys'

const tones: Record<string, Tone> = { inside: 'action', done: 'good', failed: 'bad' }

/** Who is on the way: since when, until when, and where it ended. */
export function InstancesPanel({ journeyKey, journey }: { journeyKey: string; journey: Journey }) {
  const { t } = useTranslation('journeys')
  const [search, setSearch] = useUrl()
  const { step, state } = search
  const rows = useInfiniteQuery({
    ...instancePages(journeyKey, { step, state }),
    refetchInterval: 15_000,
  })
  return (
    <Panel title={step ? t('instances.at', { step }) : t('instances.title')} side="theirs">
      <Filters>
        <NativeSelect
          aria-label={t('instances.step')}
          value={step ?? ''}
          data={[
            { value: '', label: t('instances.every_step') },
            ...journey.steps.map((one) => ({ value: one.id, label: one.id })),
          ]}
          onChange={(event) => setSearch({ step: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label={t('instances.state')}
          value={state ?? ''}
          data={[
            { value: '', label: t('instances.every_state') },
            ...instanceStates.map((value) => ({ value, label: t(`state.${value}`) })),
          ]}
          onChange={(event) => setSearch({ state: event.currentTarget.value })}
        />
      </Filters>
      <DataTable
        label={t('instances.title')}
        columns={useColumns()}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => customerPath(row.customer_id)}
        empty={<EmptyState title={t('instances.empty')} text={t('instances.empty_text')} />}
        filtered={
          step || state
            ? {
                text: t('instances.none'),
                clear: () => setSearch({ step: null, state: null }),
              }
            : undefined
        }
        bare
      />
    </Panel>
  )
}

function useColumns(): Column<Instance>[] {
  const { t } = useTranslation('journeys')
  const customerName = useCustomerName()
  const stateOf = (row: Instance) => instanceStates.find((one) => one === String(row.state))
  return [
    {
      key: 'customer',
      header: t('column.customer'),
      cell: (row) => customerName(row.customer_id, row.customer_label),
    },
    {
      key: 'state',
      header: t('column.state'),
      cell: (row) => {
        const state = stateOf(row)
        return (
          <StatusBadge
            tone={tones[row.state] ?? 'plain'}
            word={state ? t(`state.${state}`) : row.state}
          />
        )
      },
    },
    { key: 'step', header: t('column.step'), cell: (row) => row.step ?? '–' },
    { key: 'entered', header: t('column.since'), cell: (row) => <When at={row.entered_at} /> },
    {
      key: 'due',
      header: t('column.due'),
      cell: (row) => {
        const moves = stateOf(row) === 'inside' || stateOf(row) === 'pending'
        return moves ? <When at={row.due_at} /> : '–'
      },
    },
    { key: 'key', header: t('column.key'), cell: (row) => row.key || '–' },
    { key: 'reason', header: t('column.reason'), wrap: true, cell: (row) => row.reason ?? '–' },
    {
      key: 'version',
      header: t('column.version'),
      align: 'end',
      cell: (row) => String(row.version),
    },
  ]
}

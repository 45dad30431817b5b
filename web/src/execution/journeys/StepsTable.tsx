import { useTranslation } from 'react-i18next'
import { type Column, DataTable, Icon, rowsOf, useFormat } from '../../ui'
import { draw, endId, entryId } from './graph'
import classes from './JourneyPage.module.css'
import type { Journey } from './journeys'
import { type StepFacts, stepIcons } from './StepNode'

type Row = { id: string; facts: StepFacts; ways: { text: string; to: string }[] }

/** The same as the picture, as a list: what happens, where it goes on, who is there. */
export function StepsTable({
  journey,
  facts,
  words,
  choose,
}: {
  journey: Journey
  facts: Map<string, StepFacts>
  words: Map<string, string>
  choose: (step: string) => void
}) {
  const { t } = useTranslation('journeys')
  const format = useFormat()
  const { nodes, lines } = draw(journey)
  const rows = nodes.flatMap((node): Row[] => {
    const known = facts.get(node.id)
    if (!known || node.id === endId) return []
    const ways = lines.filter((line) => line.from === node.id)
    return [
      {
        id: node.id,
        facts: known,
        ways: ways.map((line) => ({ text: words.get(line.id) ?? '', to: line.to })),
      },
    ]
  })
  const nameOf = (id: string) => (id === endId ? t('kind.end') : id)
  const columns: Column<Row>[] = [
    {
      key: 'step',
      header: t('column.step'),
      cell: (row) => (
        <button type="button" className={classes.step} onClick={() => choose(row.id)}>
          <Icon name={stepIcons[row.facts.kind]} size={14} />
          {row.id === entryId ? t('kind.entry') : row.id}
        </button>
      ),
    },
    { key: 'text', header: t('column.what'), wrap: true, cell: (row) => row.facts.text },
    {
      key: 'next',
      header: t('column.next'),
      wrap: true,
      cell: (row) =>
        row.ways.map((way) => (
          <div key={way.text + way.to}>
            {way.text ? t('way.to', { way: way.text, step: nameOf(way.to) }) : nameOf(way.to)}
          </div>
        )),
    },
    {
      key: 'entered',
      header: t('column.entered'),
      align: 'end',
      cell: (row) => number(row.facts.entered),
    },
    {
      key: 'inside',
      header: t('column.inside'),
      align: 'end',
      cell: (row) => number(row.facts.inside),
    },
  ]
  const number = (value: number | undefined) => (value === undefined ? '–' : format.number(value))
  return (
    <DataTable
      label={t('steps')}
      columns={columns}
      rows={rowsOf(rows)}
      rowKey={(row) => row.id}
      empty={null}
    />
  )
}

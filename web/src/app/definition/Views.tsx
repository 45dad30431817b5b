import { SegmentedControl } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useUrl } from '../../ui'
import type { Definition } from './definitions'
import { HistoryView } from './HistoryView'
import { JsonEditor } from './JsonEditor'
import type { Setup } from './setup'
import classes from './Views.module.css'

/** The ways to look at a definition: as the kind shows it, as JSON, and its history. */
export function Views({
  setup,
  definition,
  restored,
  unsaved,
}: {
  setup: Setup
  definition: Definition | null
  restored: (definition: Definition) => void
  unsaved: boolean
}) {
  const { t } = useTranslation('definition')
  const [search, setSearch] = useUrl()
  const own = setup.views.map((view) => ({ value: view.key, label: view.label }))
  const all = [
    ...own,
    { value: 'json', label: t('view.json') },
    ...(definition ? [{ value: 'history', label: t('view.history') }] : []),
  ]
  const first = all[0]?.value ?? 'json'
  const shown = all.some((one) => one.value === search.view) ? (search.view ?? first) : first
  const Content = setup.views.find((view) => view.key === shown)?.content
  return (
    <>
      <div className={classes.switch}>
        <SegmentedControl
          aria-label={t('view.label')}
          value={shown}
          data={all}
          onChange={(view) => setSearch({ view: view === first ? null : view })}
        />
      </div>
      {Content && <Content definition={definition} />}
      {shown === 'json' && <JsonEditor />}
      {shown === 'history' && definition && (
        <HistoryView setup={setup} definition={definition} restored={restored} unsaved={unsaved} />
      )}
    </>
  )
}

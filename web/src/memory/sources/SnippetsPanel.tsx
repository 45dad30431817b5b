import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { CodeSnippet, Panel } from '../../ui'
import classes from './SourcePage.module.css'
import { type Snippet, snippetOf, snippets } from './snippets'
import type { Source, SourceKind } from './sources'

const first: Record<SourceKind, Snippet> = {
  web: 'tag',
  app: 'rudderstack',
  server: 'segment_node',
  http: 'curl',
  import: 'command',
}

/** What to paste where, with this installation's own address. */
export function SnippetsPanel({ source, secret }: { source: Source; secret: string | null }) {
  const { t } = useTranslation('sources')
  const system = useQuery({ ...query('/api/system'), retry: false })
  const [chosen, choose] = useState<Snippet>(first[source.kind])
  const address = (system.data?.base_url ?? location.origin).replace(/\/$/, '')
  return (
    <Panel title={t('snippets.title')}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a visible legend. */}
      <div className={classes.tabs} role="group" aria-label={t('snippets.title')}>
        {snippets.map((one) => (
          <Button
            key={one}
            variant={one === chosen ? 'light' : 'subtle'}
            aria-pressed={one === chosen}
            onClick={() => choose(one)}
          >
            {t(`snippets.name.${one}`)}
          </Button>
        ))}
      </div>
      <p className={classes.hint}>{t(`snippets.hint.${chosen}`)}</p>
      <CodeSnippet
        label={t(`snippets.name.${chosen}`)}
        code={snippetOf(chosen, { address, source: source.id, secret })}
      />
    </Panel>
  )
}

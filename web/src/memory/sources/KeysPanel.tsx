import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { KeyDialog } from '../../app/key/KeyDialog'
import { KeysTable } from '../../app/key/KeysTable'
import { type IssuedKey, keysPages } from '../../app/key/keys'
import { SecretDialog } from '../../app/key/SecretDialog'
import { useWord } from '../../locales/words'
import { EmptyState, Icon, NoPermission, Panel } from '../../ui'
import type { Source } from './sources'

type Step = { kind: 'list' } | { kind: 'asking' } | { kind: 'issued'; key: IssuedKey }

/** The keys whose events belong to this source. */
export function KeysPanel({
  source,
  issued,
}: {
  source: Source
  /** Told the new secret, so that the snippets can hold it as long as the page is open. */
  issued: (secret: string) => void
}) {
  const { t } = useTranslation('sources')
  const may = useMay()
  const word = useWord()
  const [step, setStep] = useState<Step>({ kind: 'list' })
  const back = () => setStep({ kind: 'list' })
  if (!may('manage_keys')) {
    return (
      <Panel title={t('keys.title')}>
        <NoPermission permission={word('permission', 'manage_keys')} />
      </Panel>
    )
  }
  return (
    <Panel
      title={t('keys.title')}
      flush
      aside={
        <Button
          variant="subtle"
          leftSection={<Icon name="plus" size={14} />}
          data-shortcut="c"
          onClick={() => setStep({ kind: 'asking' })}
        >
          {t('keys.create')}
        </Button>
      }
    >
      <Keys source={source} />
      {step.kind === 'asking' && (
        <KeyDialog
          source={{ id: source.id, title: source.title }}
          readable={source.kind === 'web' || source.kind === 'app'}
          close={back}
          issued={(key) => {
            issued(key.secret)
            setStep({ kind: 'issued', key })
          }}
        />
      )}
      {step.kind === 'issued' && <SecretDialog issued={step.key} close={back} />}
    </Panel>
  )
}

function Keys({ source }: { source: Source }) {
  const { t } = useTranslation('sources')
  const keys = useInfiniteQuery(keysPages())
  const pages = keys.data?.pages.map((page) => ({
    items: page.items.filter((key) => key.source_id === source.id),
  }))
  return (
    <KeysTable
      bare
      rows={{ ...keys, data: pages && { pages } }}
      empty={<EmptyState title={t('keys.empty.title')} text={t('keys.empty.text')} />}
    />
  )
}

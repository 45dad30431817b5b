import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query } from '../../api/query'
import { KeyDialog } from '../../app/key/KeyDialog'
import { KeysTable } from '../../app/key/KeysTable'
import { type IssuedKey, keysPages } from '../../app/key/keys'
import { SecretDialog } from '../../app/key/SecretDialog'
import { EmptyState, PageHeader } from '../../ui'

type Step = { kind: 'list' } | { kind: 'asking' } | { kind: 'issued'; key: IssuedKey }

export default function KeysPage() {
  const { t } = useTranslation('keys')
  const keys = useInfiniteQuery(keysPages())
  const sources = useQuery({ ...query('/api/sources', { query: { limit: 200 } }), retry: false })
  const [step, setStep] = useState<Step>({ kind: 'list' })
  const back = () => setStep({ kind: 'list' })
  const choices = (sources.data?.items ?? []).map(({ id, title }) => ({ id, title }))
  return (
    <>
      <PageHeader
        title={t('title')}
        lead={t('lead')}
        create={{ label: t('create.button'), onClick: () => setStep({ kind: 'asking' }) }}
      />
      <KeysTable
        rows={keys}
        sources={choices}
        empty={<EmptyState title={t('empty.title')} text={t('empty.text')} />}
      />
      {step.kind === 'asking' && (
        <KeyDialog
          sources={choices}
          close={back}
          issued={(key) => setStep({ kind: 'issued', key })}
        />
      )}
      {step.kind === 'issued' && <SecretDialog issued={step.key} close={back} />}
    </>
  )
}

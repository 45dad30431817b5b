import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorPanel, PageHeader, Skeleton, usePathParam, useUrl } from '../../ui'
import { type AnyBody, bodyOf, definitionQuery } from './definitions'
import { Editor } from './Editor'
import type { Setup } from './setup'

/** One definition of any kind: read, written, checked, published, with its history. */
export function DefinitionPage({ setup }: { setup: Setup }) {
  const key = usePathParam('key')
  if (key === 'new') return <NewDefinition setup={setup} />
  return <KnownDefinition key={key} setup={setup} name={key} />
}

function KnownDefinition({ setup, name }: { setup: Setup; name: string }) {
  const { t } = useTranslation('definition')
  const definition = useQuery(definitionQuery(setup.kind, name))
  if (definition.data) return <Editor setup={setup} definition={definition.data} />
  return (
    <>
      <PageHeader title={name} back={{ to: setup.listPath, label: setup.listLabel }} />
      {definition.isPending && <Skeleton lines={10} />}
      {definition.error?.status === 404 && (
        <EmptyState title={t('gone.title')} text={t('gone.text')} />
      )}
      {definition.error && definition.error.status !== 404 && (
        <ErrorPanel error={definition.error} retry={() => definition.refetch()} />
      )}
    </>
  )
}

/** Begins blank, or with what another one says (`?from=key`). */
function NewDefinition({ setup }: { setup: Setup }) {
  const { t } = useTranslation('definition')
  const [search] = useUrl()
  const from = search.from ?? ''
  const model = useQuery({ ...definitionQuery(setup.kind, from), enabled: from !== '' })
  if (!from) return <Editor setup={setup} definition={null} first={setup.blank} />
  if (model.data) {
    const first = bodyOf(model.data)
    return <Editor key={from} setup={setup} definition={null} first={copyOf(first, t('copy_of'))} />
  }
  return (
    <>
      <PageHeader title={setup.newTitle} back={{ to: setup.listPath, label: setup.listLabel }} />
      {model.isPending && <Skeleton lines={10} />}
      {model.error && <ErrorPanel error={model.error} retry={() => model.refetch()} />}
    </>
  )
}

function copyOf(body: AnyBody, word: string): AnyBody {
  const { name } = body
  if (name === null || typeof name !== 'object') return body
  const names = Object.entries(name).map(([language, text]) => [language, `${text} (${word})`])
  return { ...body, name: Object.fromEntries(names) }
}

import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem } from '../../api/problem'
import type { AnyBody } from './definitions'
import { useForm } from './form'
import { useFieldLabel } from './labels'
import { valueAt } from './pointer'
import { keyTaken } from './useLead'

/** A readable key from a name: `Winter sale` becomes `winter_sale`. */
export function keyOf(name: unknown): string {
  if (typeof name !== 'string') return ''
  const plain = name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60)
}

/** The key: fixed once saved, until then made from the name unless typed by hand. */
export function useKey(saved: string | undefined, body: AnyBody) {
  const [typed, setTyped] = useState<string | null>(null)
  const key = saved ?? typed ?? keyOf(valueAt(body, '/name/en'))
  return { key, setTyped }
}

export function KeyField({
  name,
  tried,
  failure,
}: {
  name: ReturnType<typeof useKey>
  tried: boolean
  failure: Problem | null
}) {
  const { t } = useTranslation('definition')
  const form = useForm()
  useFieldLabel('/key', t('key'))
  const missing = tried && !name.key && t('key_missing')
  const wrong = missing || form.error('/key')
  return (
    <TextInput
      data-path="/key"
      label={t('key')}
      description={t('key_hint')}
      withAsterisk
      maw={360}
      mb="md"
      value={name.key}
      error={keyTaken(failure) ? t('key_taken') : wrong}
      onChange={(event) => name.setTyped(event.currentTarget.value)}
    />
  )
}

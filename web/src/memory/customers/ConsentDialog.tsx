import {
  Button,
  Group,
  Modal,
  NativeSelect,
  SegmentedControl,
  Stack,
  TextInput,
} from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { dateOf, ErrorPanel, endOfDay, fieldErrors, placeName } from '../../ui'
import { type Consent, useConsentChange } from './customers'

export type ConsentDraft = Pick<Consent, 'channel' | 'purpose' | 'state'>

const channels = ['email', 'sms', 'push', 'web', 'call_center', 'point_of_sale', 'direct_mail']
const purposes = ['marketing', 'service']

export function ConsentDialog({
  customerId,
  first,
  close,
}: {
  customerId: string
  first: ConsentDraft
  close: () => void
}) {
  const { t } = useTranslation(['customers', 'ui'])
  const word = useWord()
  const change = useConsentChange()
  const [draft, setDraft] = useState(first)
  const [proof, setProof] = useState('')
  const [until, setUntil] = useState('')
  const error = fieldErrors(change.error)
  const names = {
    '/channel': t('consent.channel'),
    '/purpose': t('consent.purpose'),
    '/proof': t('consent.proof'),
    '/expires_at': t('consent.expires'),
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // A no never runs out.
    const expires_at = draft.state === 'granted' ? endOfDay(until) : undefined
    const body = { ...draft, source: 'user', proof: proof || undefined, expires_at }
    change.mutate(
      { path: { customer_id: customerId }, body },
      {
        onSuccess: () => {
          notifications.show({ message: t('consent.saved') })
          close()
        },
      },
    )
  }
  return (
    <Modal opened onClose={close} title={t('consent.record')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.error && (
            <ErrorPanel error={change.error} nameOf={(path) => placeName(names, path)} />
          )}
          <NativeSelect
            label={t('consent.channel')}
            data-autofocus
            value={draft.channel}
            error={error('/channel')}
            data={channels.map((value) => ({ value, label: word('channel', value) }))}
            onChange={(event) => setDraft({ ...draft, channel: event.currentTarget.value })}
          />
          <NativeSelect
            label={t('consent.purpose')}
            value={draft.purpose}
            error={error('/purpose')}
            data={purposes.map((value) => ({ value, label: word('purpose', value) }))}
            onChange={(event) => setDraft({ ...draft, purpose: event.currentTarget.value })}
          />
          <SegmentedControl
            aria-label={t('consent.state')}
            value={draft.state}
            data={[
              { value: 'granted', label: word('consent', 'granted') },
              { value: 'denied', label: word('consent', 'denied') },
            ]}
            onChange={(state) => setDraft({ ...draft, state })}
          />
          <TextInput
            label={t('consent.proof')}
            description={t('consent.proof_hint')}
            value={proof}
            error={error('/proof')}
            onChange={(event) => setProof(event.currentTarget.value)}
          />
          {draft.state === 'granted' && (
            <TextInput
              type="date"
              min={dateOf(Date.now())}
              label={t('consent.expires')}
              description={t('consent.expires_hint')}
              value={until}
              error={error('/expires_at')}
              onChange={(event) => setUntil(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('ui:cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('consent.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

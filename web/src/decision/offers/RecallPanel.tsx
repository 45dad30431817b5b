import { Button, Group, Modal, Stack, Switch, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { query, useChange } from '../../api/query'
import { type Definition, useRefusal } from '../../app/definition'
import { ConfirmButton, ErrorPanel, Facts, Panel, placeName, StatusBadge, When } from '../../ui'

const refresh = { refresh: ['/api/recalls', '/api/today'] as const }

/** The recalls in use, by offer. */
export function useRecalls() {
  return useQuery({ ...query('/api/recalls'), refetchInterval: 30_000 })
}

/** One button that stops an offer everywhere, and the way back. */
export function RecallPanel({ definition }: { definition: Definition }) {
  const { t } = useTranslation('offers')
  const recalls = useRecalls()
  const [opened, dialog] = useDisclosure(false)
  const undo = useChange('delete', '/api/offers/{key}/recall', { refresh: [...refresh.refresh] })
  const recall = recalls.data?.find((one) => one.offer === definition.key)
  const refusal = useRefusal('publish')
  return (
    <Panel
      title={t('recall.title')}
      aside={recall && <StatusBadge tone="bad" word={t('recall.recalled')} />}
    >
      <Stack gap="sm">
        {recalls.error && <ErrorPanel error={recalls.error} retry={() => recalls.refetch()} />}
        {undo.error && <ErrorPanel error={undo.error} />}
        {recall ? (
          <>
            <Facts
              facts={[
                { name: t('recall.reason'), value: recall.reason },
                { name: t('recall.since'), value: <When at={recall.recalled_at} /> },
                { name: t('recall.author'), value: recall.author },
                {
                  name: t('recall.given_out'),
                  value: t(recall.honours ? 'recall.honoured' : 'recall.refused'),
                },
              ]}
            />
            <ConfirmButton
              label={t('recall.undo')}
              title={t('recall.undo_title')}
              text={t('recall.undo_text')}
              confirm={t('recall.undo')}
              disabledBecause={refusal}
              loading={undo.isPending}
              onConfirm={() => undo.mutate({ path: { key: definition.key } })}
            />
          </>
        ) : (
          <>
            <p style={{ margin: 0 }}>
              {t(definition.state === 'retired' ? 'recall.after_retiring' : 'recall.text')}
            </p>
            <Button
              color="red"
              variant="light"
              disabled={Boolean(refusal)}
              title={refusal}
              onClick={dialog.open}
            >
              {t('recall.action')}
            </Button>
          </>
        )}
      </Stack>
      {opened && <RecallDialog offer={definition.key} close={dialog.close} />}
    </Panel>
  )
}

function RecallDialog({ offer, close }: { offer: string; close: () => void }) {
  const { t } = useTranslation(['offers', 'ui'])
  const [reason, setReason] = useState('')
  const [honours, setHonours] = useState(false)
  const recall = useChange('put', '/api/offers/{key}/recall', { refresh: [...refresh.refresh] })
  const nameOf = (path: string) => placeName({ '/reason': t('recall.reason') }, path)
  const submit = async () => {
    const body = { reason, honours }
    const done = await recall.mutateAsync({ path: { key: offer }, body }).catch(() => null)
    if (done) close()
  }
  return (
    <Modal
      opened
      onClose={close}
      title={t('recall.dialog')}
      closeButtonProps={{ 'aria-label': t('ui:close') }}
    >
      <Stack gap="sm">
        <p style={{ margin: 0 }}>{t('recall.effect')}</p>
        {recall.error && <ErrorPanel error={recall.error} nameOf={nameOf} />}
        <Textarea
          label={t('recall.reason')}
          description={t('recall.reason_hint')}
          value={reason}
          maxLength={500}
          rows={3}
          withAsterisk
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Switch
          label={t('recall.honours')}
          description={t('recall.honours_hint')}
          checked={honours}
          onChange={(event) => setHonours(event.currentTarget.checked)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button
            color="red"
            loading={recall.isPending}
            disabled={!reason.trim()}
            title={reason.trim() ? undefined : t('recall.reason_missing')}
            onClick={submit}
          >
            {t('recall.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

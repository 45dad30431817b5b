import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ErrorPanel, Icon, Panel } from '../../ui'
import classes from './CustomerPage.module.css'
import { exportAddress, useErase } from './customers'
import { customersPath } from './nav'

/** What a customer may ask for: everything we know, or that we forget it. */
export function ErasurePanel({ customerId }: { customerId: string }) {
  const { t } = useTranslation('customers')
  const may = useMay()
  const [asking, setAsking] = useState(false)
  if (!may('edit_customers')) return null
  return (
    <Panel title={t('erasure.title')}>
      <Stack gap="xs">
        <Text size="sm">{t('erasure.text')}</Text>
        <Group gap="xs">
          <Button
            variant="default"
            component="a"
            href={exportAddress(customerId)}
            download={`${customerId}.json`}
            leftSection={<Icon name="download" size={14} />}
          >
            {t('erasure.export')}
          </Button>
          {may('manage_system') ? (
            <Button color="red" variant="outline" onClick={() => setAsking(true)}>
              {t('erasure.erase')}
            </Button>
          ) : (
            <Text size="sm" className={classes.soft}>
              {t('erasure.refused')}
            </Text>
          )}
        </Group>
      </Stack>
      {asking && <ErasureDialog customerId={customerId} close={() => setAsking(false)} />}
    </Panel>
  )
}

function ErasureDialog({ customerId, close }: { customerId: string; close: () => void }) {
  const { t } = useTranslation(['customers', 'ui'])
  const [confirm, setConfirm] = useState('')
  const navigate = useNavigate()
  const erase = useErase()
  const submit = () =>
    erase.mutate(
      { path: { customer_id: customerId }, body: { confirm } },
      {
        onSuccess: () => {
          notifications.show({ message: t('erasure.erased') })
          navigate({ to: customersPath })
        },
      },
    )
  return (
    <Modal opened onClose={close} title={t('erasure.question')}>
      <Stack gap="sm">
        <Text>{t('erasure.what')}</Text>
        <Text>{t('erasure.stays')}</Text>
        {erase.error && <ErrorPanel error={erase.error} />}
        <TextInput
          data-autofocus
          label={t('erasure.confirm', { id: customerId })}
          value={confirm}
          autoComplete="off"
          onChange={(event) => setConfirm(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button
            color="red"
            disabled={confirm !== customerId}
            loading={erase.isPending}
            onClick={submit}
          >
            {t('erasure.erase')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

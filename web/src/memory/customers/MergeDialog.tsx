import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { ErrorPanel, placeName } from '../../ui'
import { customersPages, useMerge } from './customers'

/** Finds the other record of the same person and joins the two. */
export function MergeDialog({ customerId, close }: { customerId: string; close: () => void }) {
  const { t } = useTranslation(['customers', 'ui'])
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), 200)
  const [chosen, setChosen] = useState('')
  const found = useInfiniteQuery({ ...customersPages(asked), enabled: asked.length > 1 })
  const merge = useMerge()
  const customerName = useCustomerName()
  const others = (found.data?.pages[0]?.items ?? []).filter((one) => one.customer_id !== customerId)
  const nameOf = (path: string) => placeName({ '/other_customer_id': t('members.found') }, path)
  const submit = () =>
    merge.mutate(
      { path: { customer_id: customerId }, body: { other_customer_id: chosen } },
      {
        onSuccess: () => {
          notifications.show({ message: t('members.merged') })
          close()
        },
      },
    )
  return (
    <Modal opened onClose={close} title={t('members.merge')}>
      <Stack gap="sm">
        <Text>{t('members.merge_text')}</Text>
        {merge.error && <ErrorPanel error={merge.error} nameOf={nameOf} />}
        <TextInput
          type="search"
          data-autofocus
          label={t('search')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Radio.Group label={t('members.found')} value={chosen} onChange={setChosen}>
          <Stack gap={6} mt={6}>
            {others.slice(0, 6).map((one) => (
              <Radio
                key={one.customer_id}
                value={one.customer_id}
                label={customerName(one.customer_id, one.label)}
                description={one.identifiers.map((id) => id.value).join(' · ')}
              />
            ))}
            {asked.length > 1 && found.data && others.length === 0 && (
              <Text c="dimmed">{t('none_found', { asked })}</Text>
            )}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('ui:cancel')}
          </Button>
          <Button disabled={!chosen} loading={merge.isPending} onClick={submit}>
            {t('members.merge_do')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ConfirmButton, ErrorPanel, Panel, When } from '../../ui'
import classes from './CustomerPage.module.css'
import { type Customer, useUnmerge } from './customers'
import { MergeDialog } from './MergeDialog'

/** Who was found to be the same person; every merge can be taken back. */
export function MembersPanel({ customer }: { customer: Customer }) {
  const { t } = useTranslation('customers')
  const may = useMay()
  const unmerge = useUnmerge()
  const [opened, { open, close }] = useDisclosure(false)
  const others = customer.members.filter((one) => one.customer_id !== customer.customer_id)
  const separate = (memberId: string) =>
    unmerge.mutate(
      { path: { customer_id: customer.customer_id, member_id: memberId } },
      { onSuccess: () => notifications.show({ message: t('members.separated') }) },
    )
  return (
    <Panel
      title={t('members.title')}
      aside={
        may('edit_customers') && (
          <Button variant="subtle" onClick={open}>
            {t('members.merge')}
          </Button>
        )
      }
    >
      {unmerge.error && <ErrorPanel error={unmerge.error} />}
      {others.length === 0 && <span className={classes.soft}>{t('members.empty')}</span>}
      <ul className={classes.list}>
        {others.map((member) => (
          <li key={member.customer_id} className={classes.line}>
            <span className={classes.value}>
              <code>{member.customer_id}</code>
              <br />
              <span className={classes.soft}>
                <When at={member.merged_at} /> {member.reason}
              </span>
            </span>
            {may('edit_customers') && (
              <ConfirmButton
                label={t('members.separate')}
                title={t('members.separate_title')}
                text={t('members.separate_text', { customer: member.customer_id })}
                confirm={t('members.separate')}
                onConfirm={() => separate(member.customer_id)}
              />
            )}
          </li>
        ))}
      </ul>
      {opened && <MergeDialog customerId={customer.customer_id} close={close} />}
    </Panel>
  )
}

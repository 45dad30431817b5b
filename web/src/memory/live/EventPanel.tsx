import { ActionIcon, Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { Facts, Icon, JsonView, Panel, useFormat } from '../../ui'
import { customerPath } from '../customers/nav'
import { useItemName } from './LiveList'
import classes from './LivePage.module.css'
import { type LiveItem, sideOf } from './live'

/** One event in full, as it came. */
export function EventPanel({
  item,
  only,
  close,
}: {
  item: LiveItem
  /** Narrows the list to this customer. */
  only: () => void
  close: () => void
}) {
  const { t } = useTranslation(['live', 'ui'])
  const format = useFormat()
  const name = useItemName()
  const customerName = useCustomerName()
  return (
    <div className={classes.panel}>
      <Panel
        title={name(item)}
        side={sideOf(item)}
        aside={
          <ActionIcon
            variant="subtle"
            color="gray"
            c="var(--ink-soft)"
            size={24}
            aria-label={t('ui:close')}
            onClick={close}
          >
            <Icon name="cross" size={14} />
          </ActionIcon>
        }
      >
        <Facts
          facts={[
            {
              name: t('customer'),
              value: (
                <Link to={customerPath(item.customer_id)}>
                  {customerName(item.customer_id, item.customer_label)}
                </Link>
              ),
            },
            { name: t('source'), value: item.source },
            { name: t('occurred'), value: format.moment(item.occurred_at) },
            { name: t('received'), value: format.moment(item.received_at) },
            { name: t('seq'), value: format.number(item.seq) },
          ]}
        />
        <Button variant="subtle" mt="xs" onClick={only}>
          {t('only_customer')}
        </Button>
        <div className={classes.json}>
          <JsonView value={item.body} label={t('body')} />
        </div>
      </Panel>
    </div>
  )
}

import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { readable } from '../../memory/customers/code'
import { Icon } from '../../ui'
import classes from './AgentPage.module.css'

/** What the customer needs to redeem the offer: read out when short, else copied into a message. */
export function Code({ code }: { code: string }) {
  const { t } = useTranslation('agent')
  const clipboard = useClipboard({ timeout: 1500 })
  return (
    <div className={classes.script}>
      {readable(code) ? (
        <>
          {t('code')} <code className={classes.code}>{code}</code>
        </>
      ) : (
        t('coupon')
      )}{' '}
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Icon name={clipboard.copied ? 'check' : 'copy'} size={14} />}
        onClick={() => clipboard.copy(code)}
      >
        {clipboard.copied ? t('copied') : t(readable(code) ? 'copy_code' : 'copy_coupon')}
      </Button>
    </div>
  )
}

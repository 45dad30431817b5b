import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui'
import classes from './AgentPage.module.css'

/** Nobody reads out, or writes down, more than this. */
const readableLength = 32

export const readable = (code: string) => code.length <= readableLength

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

import { ActionIcon } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeSnippet, Icon } from '../../ui'
import classes from './LivePage.module.css'

const line = `curl ${location.origin}/v1/track \\
  --user YOUR_KEY: --header 'Content-Type: application/json' \\
  --data '{"userId": "12340", "event": "Product Viewed", "properties": {"product_id": "85123A"}}'`

/** Says that we listen and how to send something; turns green with the first event. */
export function Listening({ arrived }: { arrived: boolean }) {
  const { t } = useTranslation(['live', 'ui'])
  const [closed, setClosed] = useState(false)
  if (closed) return null
  return (
    <section className={classes.listening} data-arrived={arrived} aria-label={t('listening')}>
      <p className={classes.says} aria-live="polite">
        <Icon name={arrived ? 'check' : 'live'} />
        {arrived ? t('arrived') : t('listening')}
        {arrived && (
          <ActionIcon
            className={classes.close}
            variant="subtle"
            color="gray"
            c="var(--ink-soft)"
            size={24}
            aria-label={t('ui:close')}
            onClick={() => setClosed(true)}
          >
            <Icon name="cross" size={14} />
          </ActionIcon>
        )}
      </p>
      {!arrived && <p className={classes.how}>{t('how')}</p>}
      {!arrived && <CodeSnippet label={t('line')} code={line} />}
    </section>
  )
}

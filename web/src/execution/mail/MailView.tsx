import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { MailFrame } from './MailFrame'
import classes from './MailFrame.module.css'

type Mail = {
  subject: string
  preheader?: string | null
  html: string
  text: string
  /** As it left, with its headers. */
  raw?: string
}

/** A mail with its subject; as HTML on a screen or a phone, or as plain text. */
export function MailView({
  mail,
  title = mail.subject,
  height,
}: {
  mail: Mail
  /** What it is called where the subject stands elsewhere. */
  title?: string
  height?: number | string
}) {
  const { t } = useTranslation('templates')
  const [look, setLook] = useState('screen')
  return (
    <div className={classes.mail}>
      {mail.subject && (
        <div className={classes.head}>
          <p className={classes.subject}>{mail.subject}</p>
          {mail.preheader && <p className={classes.soft}>{mail.preheader}</p>}
        </div>
      )}
      <div className={classes.switches}>
        <SegmentedControl
          aria-label={t('look.label')}
          value={look}
          onChange={setLook}
          data={[
            { value: 'screen', label: t('look.screen') },
            { value: 'phone', label: t('look.phone') },
            { value: 'text', label: t('look.text') },
            ...(mail.raw ? [{ value: 'raw', label: t('look.raw') }] : []),
          ]}
        />
      </div>
      {look === 'text' || look === 'raw' ? (
        <pre className={classes.text}>{look === 'text' ? mail.text : mail.raw}</pre>
      ) : (
        <MailFrame
          html={mail.html}
          title={title || t('preview.title')}
          width={look === 'phone' ? 360 : '100%'}
          height={height}
        />
      )}
    </div>
  )
}

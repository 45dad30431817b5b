import { ActionIcon, Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { useWord } from '../../locales/words'
import { Icon, Panel, StatusBadge, type Tone, useFormat } from '../../ui'
import { ConsentDialog, type ConsentDraft } from './ConsentDialog'
import classes from './CustomerPage.module.css'
import type { Consent } from './customers'

type State = 'granted' | 'denied' | 'expired'
const tones: Record<State, Tone> = { granted: 'good', denied: 'bad', expired: 'warn' }

function stateOf(consent: Consent): State {
  return consent.state === 'granted' && !consent.allows ? 'expired' : consent.state
}

/** What the customer allows, per channel and purpose, with where and when it was said. */
export function ConsentPanel({
  customerId,
  consents,
}: {
  customerId: string
  consents: Consent[]
}) {
  const { t } = useTranslation('customers')
  const word = useWord()
  const may = useMay()
  const [draft, setDraft] = useState<ConsentDraft | null>(null)
  const blank: ConsentDraft = { channel: 'email', purpose: 'marketing', state: 'denied' }
  return (
    <Panel
      title={t('consent.title')}
      aside={
        may('record_responses') && (
          <Button variant="subtle" onClick={() => setDraft(blank)}>
            {t('consent.record')}
          </Button>
        )
      }
    >
      {consents.length === 0 && <span className={classes.soft}>{t('consent.empty')}</span>}
      <ul className={classes.list}>
        {consents.map((consent) => (
          <Line
            key={consent.channel + consent.purpose}
            consent={consent}
            edit={
              may('record_responses')
                ? () =>
                    setDraft({
                      channel: consent.channel,
                      purpose: consent.purpose,
                      state: stateOf(consent) === 'granted' ? 'denied' : 'granted',
                    })
                : undefined
            }
            name={t('consent.name', {
              channel: word('channel', consent.channel),
              purpose: word('purpose', consent.purpose),
            })}
          />
        ))}
      </ul>
      {draft && (
        <ConsentDialog customerId={customerId} first={draft} close={() => setDraft(null)} />
      )}
    </Panel>
  )
}

function Line({
  consent,
  name,
  edit,
}: {
  consent: Consent
  name: string
  edit: (() => void) | undefined
}) {
  const { t } = useTranslation('customers')
  const word = useWord()
  const format = useFormat()
  const state = stateOf(consent)
  return (
    <li className={classes.line}>
      <span className={classes.value}>
        {name}
        <br />
        <span className={classes.soft}>
          {t('consent.said', { source: consent.source, date: format.date(consent.occurred_at) })}
          {consent.expires_at &&
            ` · ${t('consent.until', { date: format.date(consent.expires_at) })}`}
        </span>
      </span>
      <span className={classes.state}>
        <StatusBadge tone={tones[state]} word={word('consent', state)} />
        {edit && (
          <ActionIcon
            variant="subtle"
            color="gray"
            c="var(--ink-soft)"
            size={24}
            aria-label={t('consent.change', { name })}
            onClick={edit}
          >
            <Icon name="edit" size={14} />
          </ActionIcon>
        )}
      </span>
    </li>
  )
}

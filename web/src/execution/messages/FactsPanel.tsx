import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCustomerName, useDefinitionName } from '../../api/names'
import { decisionPath } from '../../decision/decisions/nav'
import { offerPath } from '../../decision/offers/nav'
import { useWord } from '../../locales/words'
import { customerPath } from '../../memory/customers/nav'
import { Facts, Panel, useFormat, When } from '../../ui'
import { journeyPath } from '../journeys/nav'
import { templatePath } from '../templates/nav'
import classes from './Messages.module.css'
import type { Message } from './messages'

/** Where the message comes from and where it goes; each leads on. */
export function FactsPanel({ message }: { message: Message }) {
  const { t } = useTranslation('messages')
  const word = useWord()
  const format = useFormat()
  const template = useDefinitionName('template')
  const journey = useDefinitionName('journey')
  const offer = useDefinitionName('offer')
  const customerName = useCustomerName()
  const all = [
    {
      name: t('column.customer'),
      value: (
        <Link className={classes.link} to={customerPath(message.customer_id)}>
          {customerName(message.customer_id, message.customer_label)}
        </Link>
      ),
    },
    message.address && { name: t('fact.address'), value: message.address },
    { name: t('column.channel'), value: word('channel', message.channel) },
    { name: t('fact.purpose'), value: word('purpose', message.purpose) },
    message.journey && {
      name: t('column.journey'),
      value: (
        <Link
          className={classes.link}
          to={journeyPath(message.journey)}
          search={{ step: message.step } as never}
        >
          {journey(message.journey)}
          {message.step ? ` · ${message.step}` : ''}
        </Link>
      ),
    },
    {
      name: t('column.template'),
      value: (
        <Link className={classes.link} to={templatePath(message.template)}>
          {template(message.template)}
          {message.template_version
            ? ` · ${t('fact.version', { version: message.template_version })}`
            : ''}
        </Link>
      ),
    },
    message.offer && {
      name: t('fact.offer'),
      value: (
        <Link className={classes.link} to={offerPath(message.offer)}>
          {offer(message.offer)}
        </Link>
      ),
    },
    message.decision_id && {
      name: t('fact.decision'),
      value: (
        <Link className={classes.link} to={decisionPath(message.decision_id)}>
          {t('fact.why')}
        </Link>
      ),
    },
    { name: t('fact.due'), value: <When at={message.due_at} exact /> },
    { name: t('fact.attempts'), value: format.number(message.attempts) },
    message.provider_id && { name: t('fact.provider'), value: <code>{message.provider_id}</code> },
  ]
  return (
    <Panel title={t('facts')}>
      <Facts facts={all.flatMap((one) => (one ? [one] : []))} />
    </Panel>
  )
}

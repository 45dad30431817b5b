import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Facts, type Format, Icon, useFormat } from '../../ui'
import classes from './CustomerPage.module.css'
import type { Customer } from './customers'

type Attribute = Customer['attributes'][number]

const few = 8

function readable(value: unknown, format: Format, yes: string, no: string): string {
  if (typeof value === 'number') return format.decimal(value)
  if (typeof value === 'boolean') return value ? yes : no
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return value.map((one) => readable(one, format, yes, no)).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Value({ attribute }: { attribute: Attribute }) {
  const { t } = useTranslation('customers')
  const format = useFormat()
  const { kind, value, masked, stated_at } = attribute
  const asMoment = kind === 'instant' && !masked && typeof value === 'string' && value.includes('T')
  return (
    <span title={t('stated', { moment: format.moment(stated_at) })}>
      {masked && (
        <span role="img" aria-label={t('masked')} title={t('masked')}>
          <Icon name="lock" size={12} />
        </span>
      )}{' '}
      {asMoment ? format.moment(value) : readable(value, format, t('yes'), t('no'))}
    </span>
  )
}

export function AttributesPanel({ attributes }: { attributes: Attribute[] }) {
  const { t } = useTranslation('customers')
  const [all, setAll] = useState(false)
  if (attributes.length === 0) return <span className={classes.soft}>{t('attributes_empty')}</span>
  const facts = attributes.slice(0, all ? undefined : few).map((attribute) => ({
    name: attribute.key,
    value: <Value attribute={attribute} />,
  }))
  return (
    <>
      <Facts facts={facts} />
      {attributes.length > few && (
        <Button variant="subtle" mt="xs" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t('fewer') : t('all_attributes', { count: attributes.length })}
        </Button>
      )}
    </>
  )
}

import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Facts, type Format, useFormat } from '../../ui'
import classes from './CustomerPage.module.css'

const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
const few = 8

function readable(value: unknown, format: Format, yes: string, no: string): string {
  if (typeof value === 'number') return format.decimal(value)
  if (typeof value === 'boolean') return value ? yes : no
  if (typeof value === 'string') return instant.test(value) ? format.moment(value) : value
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) return value.map((one) => readable(one, format, yes, no)).join(', ')
  return JSON.stringify(value)
}

export function AttributesPanel({ attributes }: { attributes: Record<string, unknown> }) {
  const { t } = useTranslation('customers')
  const format = useFormat()
  const [all, setAll] = useState(false)
  const facts = Object.entries(attributes).map(([name, value]) => ({
    name,
    value: readable(value, format, t('yes'), t('no')),
  }))
  if (facts.length === 0) return <span className={classes.soft}>{t('attributes_empty')}</span>
  return (
    <>
      <Facts facts={all ? facts : facts.slice(0, few)} />
      {facts.length > few && (
        <Button variant="subtle" mt="xs" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t('fewer') : t('all_attributes', { count: facts.length })}
        </Button>
      )}
    </>
  )
}

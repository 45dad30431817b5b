import { Button, NativeSelect, NumberInput, Popover, Stack, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useEventName } from '../../locales/words'
import { Icon, useUrl } from '../../ui'
import { vocabularyQuery } from '../explore/explore'
import { type Question, usual, visitRules } from './web'

/** What is counted as an order, a cart and a visit; every choice stands in the address. */
export function CountsMenu({ question }: { question: Question }) {
  const { t } = useTranslation('web')
  const [, setSearch] = useUrl()
  const eventName = useEventName()
  const vocabulary = useQuery(vocabularyQuery())
  const events = vocabulary.data?.events ?? []
  const { order_event, order_value, cart_event, sessions } = question
  const numbers = events
    .find((one) => one.name === order_event)
    ?.properties.filter((one) => one.kind === 'number')
  const choices = (known: string[], chosen: string | undefined) =>
    [...new Set([...(chosen ? [chosen] : []), ...known])].sort()
  const names = events.map((one) => one.name)
  const unlessUsual = (value: string, of: string) => (value === of ? null : value)
  return (
    <Popover position="bottom-start" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" mt={22} leftSection={<Icon name="edit" size={14} />}>
          {t('counts.title')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <NativeSelect
            label={t('counts.order')}
            value={order_event}
            data={choices(names, order_event).map((value) => ({ value, label: eventName(value) }))}
            onChange={(event) =>
              setSearch({ order: unlessUsual(event.currentTarget.value, usual.order), value: null })
            }
          />
          <NativeSelect
            label={t('counts.value')}
            value={order_value}
            data={choices(numbers?.map((one) => one.path) ?? [], order_value)}
            onChange={(event) =>
              setSearch({ value: unlessUsual(event.currentTarget.value, usual.value) })
            }
          />
          <NativeSelect
            label={t('counts.cart')}
            value={cart_event}
            data={choices(names, cart_event).map((value) => ({ value, label: eventName(value) }))}
            onChange={(event) =>
              setSearch({ cart: unlessUsual(event.currentTarget.value, usual.cart) })
            }
          />
          <NumberInput
            label={t('counts.gap')}
            min={1}
            max={1_440}
            allowDecimal={false}
            value={sessions?.gap_minutes ?? usual.gap}
            onChange={(gap) =>
              setSearch({
                gap: Number(gap) > 0 ? unlessUsual(String(gap), String(usual.gap)) : null,
              })
            }
          />
          {visitRules.map((rule) => (
            <Switch
              key={rule}
              label={t(`counts.${rule}`)}
              checked={sessions?.[rule] ?? false}
              onChange={(event) => setSearch({ [rule]: event.currentTarget.checked ? '1' : null })}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

import { useFormat } from './format'

/** An amount in minor units of its currency. */
export function Money({ cents, currency }: { cents: number; currency: string }) {
  const format = useFormat()
  return <span style={{ whiteSpace: 'nowrap' }}>{format.money(cents, currency)}</span>
}

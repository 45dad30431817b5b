import { useFormat } from './format'

/** An instant: relative to now, the exact moment on hover. */
export function When({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const format = useFormat()
  if (!at) return <span>–</span>
  return (
    <time
      dateTime={at}
      title={format.moment(at)}
      style={{ whiteSpace: exact ? 'normal' : 'nowrap' }}
    >
      {exact ? format.moment(at) : format.relative(at, Date.now())}
    </time>
  )
}

const nearMs = 2 * 86_400_000

/** The day until which something holds, with the time when it is near; reads on after “until”. */
export function Until({ at }: { at: string }) {
  const format = useFormat()
  const near = Math.abs(Date.parse(at) - Date.now()) < nearMs
  return (
    <time dateTime={at} title={format.moment(at)}>
      {near ? format.minute(at) : format.date(at)}
    </time>
  )
}

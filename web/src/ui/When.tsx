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

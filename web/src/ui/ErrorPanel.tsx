import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { CopyButton } from './CopyButton'
import classes from './ErrorPanel.module.css'
import { sentence } from './fieldErrors'
import { Icon } from './Icon'
import { NoPermission } from './NoPermission'
import { problemText, type Told } from './problemText'
import { useProblemTitle } from './useProblemTitle'

type Mistake = Told & { path: string }
type Failure = {
  document: {
    title: string
    status: number
    code: string
    detail?: string | null
    hint?: string | null
    /** What `detail` says, as a code; its particulars stand beside it. */
    reason?: string | null
    errors?: Mistake[] | null
    trace_id?: string | null
  }
}

/** What failed, at which places, what helps, and the trace id to ask about it. */
export function ErrorPanel({
  error,
  retry,
  nameOf,
}: {
  error: Failure
  retry?: () => void
  /** What a place is called; its JSON pointer stands for those without a name. */
  nameOf?: (path: string) => string | undefined
}) {
  const { t, i18n } = useTranslation('ui')
  const titleOf = useProblemTitle()
  const { document: problem } = error
  if (problem.status === 403) return <NoPermission detail={problem.detail} />
  const { detail, reason } = problem
  // Only codes that have one remedy whatever happened have it in the catalogue.
  const remedy: unknown = i18n.getResource(i18n.language, 'ui', `problem_hint.${problem.code}`)
  const hint = typeof remedy === 'string' ? remedy : problem.hint
  const said = problemText({ message: detail ?? '', hint, code: reason, values: { ...problem } })
  // A known reason says more than the name of its kind.
  const title = reason && said.message !== detail ? said.message : titleOf(error)
  return (
    <section className={classes.panel} role="alert">
      <h2 className={classes.title}>
        <Icon name="warning" />
        {title.replace(/[.。]$/, '')}
      </h2>
      {said.message && said.message !== title && problem.status !== 0 && (
        <p>{sentence(said.message)}</p>
      )}
      {said.hint && <p className={classes.hint}>{sentence(said.hint)}</p>}
      {problem.errors && problem.errors.length > 0 && (
        <ul className={classes.list}>
          {problem.errors
            .map((one) => problemText(one))
            .map((mistake) => (
              <li key={mistake.path + mistake.message}>
                <Place path={mistake.path} name={nameOf?.(mistake.path)} />
                {sentence(mistake.message)}{' '}
                {mistake.hint && <span className={classes.hint}>{sentence(mistake.hint)}</span>}
              </li>
            ))}
        </ul>
      )}
      {(retry || problem.trace_id) && (
        <div className={classes.foot}>
          {retry && (
            <Button
              variant="default"
              onClick={retry}
              leftSection={<Icon name="refresh" size={14} />}
            >
              {t('error.retry')}
            </Button>
          )}
          {problem.trace_id && (
            <span className={classes.trace}>
              {t('error.trace', { trace: problem.trace_id })}
              <CopyButton value={problem.trace_id} label={t('error.copy_trace')} />
            </span>
          )}
        </div>
      )}
    </section>
  )
}

function Place({ path, name }: { path: string; name?: string }) {
  if (name) return <b className={classes.name}>{name}</b>
  return path ? <code className={classes.path}>{path}</code> : null
}

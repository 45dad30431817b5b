import { useTranslation } from 'react-i18next'
import { Icon, sentence } from '../../ui'
import type { FieldProblem } from './definitions'
import { goToField } from './form'
import { usePlaceName } from './labels'
import classes from './Problems.module.css'

/** Everything that is wrong, each entry leading to its field. */
export function Problems({ problems, checking }: { problems: FieldProblem[]; checking: boolean }) {
  const { t } = useTranslation('definition')
  const nameOf = usePlaceName()
  if (problems.length === 0) return null
  return (
    <section className={classes.panel} aria-busy={checking} aria-label={t('problems.label')}>
      <h2 className={classes.title}>
        <Icon name="warning" />
        {t('problems.title', { count: problems.length })}
      </h2>
      <ul className={classes.list}>
        {problems.map((one) => (
          <li key={one.path + one.message}>
            {one.path && (
              <button type="button" className={classes.place} onClick={() => goToField(one.path)}>
                {nameOf(one.path) ?? <code>{one.path}</code>}
              </button>
            )}{' '}
            {sentence(one.message)} {one.hint && <span>{sentence(one.hint)}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CriteriaField } from '../CriteriaField'
import { useForm } from '../form'
import { useFieldLabel } from '../labels'
import { RuleBuilder } from './RuleBuilder'
import { asGroup, isEmpty } from './rule'
import classes from './rule.module.css'

/** A rule in a form: built from conditions, or written as a sentence. */
export function RuleField({
  path,
  label,
  hint,
  required = false,
}: {
  path: string
  label: string
  hint?: string
  /** Whether a rule without conditions is kept; otherwise it is left out. */
  required?: boolean
}) {
  const { t } = useTranslation('rule')
  const form = useForm()
  useFieldLabel(path, label)
  const [view, setView] = useState('build')
  const error = form.error(path)
  return (
    <div className={classes.field} data-path={path}>
      <div className={classes.head}>
        <span>
          <strong>{label}</strong>
          {hint && <span className={classes.explain}>{hint}</span>}
        </span>
        <SegmentedControl
          aria-label={t('view.label')}
          size="xs"
          value={view}
          data={[
            { value: 'build', label: t('view.build') },
            { value: 'text', label: t('view.text') },
          ]}
          onChange={setView}
        />
      </div>
      {view === 'text' ? (
        <CriteriaField path={path} label={label} />
      ) : (
        <RuleBuilder
          rule={asGroup(form.value(path))}
          set={(next) => form.set(path, isEmpty(next) && !required ? undefined : next)}
          readOnly={form.readOnly}
        />
      )}
      {error && view === 'build' && <p className={classes.bad}>{error}</p>}
    </div>
  )
}

import { ActionIcon, Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { type Form, FormContext, RuleField } from '../../app/definition'
import { asGroup, isEmpty } from '../../app/definition/rule/rule'
import { ErrorPanel, Icon, problemText, sentence } from '../../ui'
import classes from './Explore.module.css'
import { useQuestionPlace } from './questionPlace'

type Rule = unknown

/** The parts of which all must hold, each a chip of its own. */
export function partsOf(rule: Rule | undefined | null): Rule[] {
  if (!rule) return []
  if (typeof rule === 'object' && 'all' in rule && Array.isArray(rule.all)) return rule.all
  return [rule]
}

/** The rule that all parts together are. */
export function ruleOf(parts: Rule[]): Rule | undefined {
  if (parts.length === 0) return undefined
  return parts.length === 1 ? parts[0] : { all: parts }
}

/** Who is looked at: the filter as chips, each to be changed, and a way to add another. */
export function FilterBar({
  value,
  onChange,
}: {
  value: Rule | undefined | null
  onChange: (rule: Rule | undefined) => void
}) {
  const { t } = useTranslation('explore')
  // The place of the part that is being written; the one after the last is a new one.
  const [writing, setWriting] = useState<number | null>(null)
  const parts = partsOf(value)
  const put = (place: number, next: Rule[]) =>
    onChange(ruleOf([...parts.slice(0, place), ...next, ...parts.slice(place + 1)]))
  return (
    <div className={classes.filters}>
      <Icon name="filter" size={14} />
      {parts.length === 0 && <span className={classes.soft}>{t('filter.everyone')}</span>}
      {parts.map((part, place) => (
        <Chip
          key={JSON.stringify(part)}
          part={part}
          onEdit={() => setWriting(place)}
          onRemove={() => {
            setWriting(null)
            put(place, [])
          }}
        />
      ))}
      {writing === null && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="plus" size={12} />}
          onClick={() => setWriting(parts.length)}
        >
          {t('filter.add')}
        </Button>
      )}
      {writing !== null && (
        <PartForm
          key={writing}
          part={parts[writing]}
          onCancel={() => setWriting(null)}
          onDone={(rule) => {
            setWriting(null)
            put(writing, partsOf(rule))
          }}
        />
      )}
    </div>
  )
}

/** A rule as a sentence in the language of the screen. */
export function useSentence(rule: Rule | undefined | null) {
  const { i18n } = useTranslation()
  const read = useQuery({
    queryKey: ['/api/criteria/check', { criteria: rule }],
    queryFn: ({ signal }) =>
      call('post', '/api/criteria/check', { body: { criteria: rule ?? {} }, signal }),
    enabled: Boolean(rule),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const chinese = i18n.language.startsWith('zh')
  return (chinese ? read.data?.text_zh : read.data?.text) ?? JSON.stringify(rule)
}

function Chip({
  part,
  onEdit,
  onRemove,
}: {
  part: Rule
  onEdit: () => void
  onRemove: () => void
}) {
  const { t } = useTranslation('explore')
  const text = useSentence(part)
  return (
    <span className={classes.chip}>
      <button type="button" className={classes.chipText} title={t('filter.edit')} onClick={onEdit}>
        {text}
      </button>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        aria-label={t('filter.remove', { rule: text })}
        onClick={onRemove}
      >
        <Icon name="cross" size={12} />
      </ActionIcon>
    </span>
  )
}

/** A part of the filter in the making: conditions or a sentence, as everywhere else. */
function PartForm({
  part,
  onDone,
  onCancel,
}: {
  part: Rule | undefined
  onDone: (rule: Rule) => void
  onCancel: () => void
}) {
  const { t } = useTranslation('explore')
  const [rule, setRule] = useState(part)
  const nameOf = useQuestionPlace()
  const [held, setHeld] = useState(false)
  const hold = useCallback((_: string, problem: unknown) => setHeld(problem !== null), [])
  const check = useMutation({
    mutationFn: () => call('post', '/api/criteria/check', { body: { criteria: rule ?? {} } }),
    onSuccess: ({ criteria, problems }) => {
      if (criteria && problems.length === 0) onDone(criteria)
    },
  })
  const form: Form = {
    body: { rule },
    set: (_, next) => {
      check.reset()
      setRule(next)
    },
    problems: [],
    hold,
    readOnly: false,
  }
  const [first] = check.data?.problems ?? []
  const wrong = first && problemText(first)
  return (
    <div className={classes.sentence}>
      <FormContext value={form}>
        <RuleField path="/rule" label={t('filter.sentence')} hint={t('filter.hint')} />
      </FormContext>
      {wrong && (
        <p role="alert" className={classes.bad}>
          {sentence(wrong.message)} {wrong.hint && sentence(wrong.hint)}
        </p>
      )}
      {check.error && <ErrorPanel error={Problem.of(check.error)} nameOf={nameOf} />}
      <div className={classes.row}>
        <Button
          size="compact-sm"
          disabled={held || isEmpty(asGroup(rule))}
          title={held || isEmpty(asGroup(rule)) ? t('filter.unfinished') : undefined}
          loading={check.isPending}
          onClick={() => check.mutate()}
        >
          {t('filter.apply')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          {t('filter.cancel')}
        </Button>
      </div>
    </div>
  )
}

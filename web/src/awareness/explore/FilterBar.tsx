import { ActionIcon, Button, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { ErrorPanel, Icon, sentence } from '../../ui'
import classes from './Explore.module.css'

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

const examples = ['ordered', 'country', 'lapsed'] as const

/** Who is looked at: the filter as chips, and a sentence to add another. */
export function FilterBar({
  value,
  onChange,
}: {
  value: Rule | undefined | null
  onChange: (rule: Rule | undefined) => void
}) {
  const { t } = useTranslation(['explore', 'definition'])
  const [writing, setWriting] = useState(false)
  const parts = partsOf(value)
  return (
    <div className={classes.filters}>
      <Icon name="filter" size={14} />
      {parts.length === 0 && <span className={classes.soft}>{t('filter.everyone')}</span>}
      {parts.map((part) => (
        <Chip
          key={JSON.stringify(part)}
          part={part}
          onRemove={() => onChange(ruleOf(parts.filter((one) => one !== part)))}
        />
      ))}
      {!writing && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="plus" size={12} />}
          onClick={() => setWriting(true)}
        >
          {t('filter.add')}
        </Button>
      )}
      {writing && (
        <Sentence
          onCancel={() => setWriting(false)}
          onDone={(rule) => {
            setWriting(false)
            onChange(ruleOf([...parts, ...partsOf(rule)]))
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

function Chip({ part, onRemove }: { part: Rule; onRemove: () => void }) {
  const { t } = useTranslation('explore')
  const text = useSentence(part)
  return (
    <span className={classes.chip}>
      <span className={classes.chipText}>{text}</span>
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

function Sentence({ onDone, onCancel }: { onDone: (rule: Rule) => void; onCancel: () => void }) {
  const { t } = useTranslation(['explore', 'definition'])
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const [failure, setFailure] = useState<Problem | null>(null)
  const add = async () => {
    setFailure(null)
    try {
      const checked = await call('post', '/api/criteria/check', { body: { text } })
      const first = checked.problems[0]
      if (checked.criteria) onDone(checked.criteria)
      else if (first)
        setWrong(`${sentence(first.message)} ${first.hint ? sentence(first.hint) : ''}`)
    } catch (error) {
      setFailure(Problem.of(error))
    }
  }
  return (
    <div className={classes.sentence}>
      <Textarea
        label={t('filter.sentence')}
        description={t('filter.hint')}
        value={text}
        autosize
        minRows={2}
        error={wrong}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setWrong(null)
        }}
      />
      {failure && <ErrorPanel error={failure} />}
      <div className={classes.row}>
        <Button size="compact-sm" disabled={!text.trim()} onClick={add}>
          {t('filter.apply')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          {t('filter.cancel')}
        </Button>
        {examples.map((one) => (
          <Button
            key={one}
            size="compact-sm"
            variant="subtle"
            onClick={() => setText(t(`definition:criteria.example.${one}`))}
          >
            {t(`definition:criteria.named.${one}`)}
          </Button>
        ))}
      </div>
    </div>
  )
}

import { Button, Menu } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { call } from '../../api/query'
import { CodeEditor, type CodeWord, difference, ErrorPanel, Icon, sentence } from '../../ui'
import classes from './CriteriaField.module.css'
import { useForm } from './form'
import { JsonEditor } from './JsonEditor'
import { useFieldLabel } from './labels'
import { useProblemText } from './useProblemText'

type Draft = { text: string } | { criteria: unknown }

/** What a rule is about: who checks it, what can be inserted, and what it may speak of. */
export type RuleSubject = {
  check: '/api/criteria/check' | '/api/offer-lists/check'
  conditions: { name: string; text: string }[]
  words?: CodeWord[]
  /** What it means that nothing is written. */
  empty: string
}

/** What a rule says in both languages, or what is wrong with it. */
function useChecked(path: RuleSubject['check'], draft: Draft | null) {
  return useQuery({
    queryKey: [path, draft],
    queryFn: ({ signal }) => call('post', path, { body: draft ?? { text: '' }, signal }),
    enabled: draft !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  })
}

const examples = ['ordered', 'cart', 'country', 'consent', 'rejected', 'lapsed'] as const

function useCustomers(): RuleSubject {
  const { t } = useTranslation('definition')
  return {
    check: '/api/criteria/check',
    conditions: examples.map((one) => ({
      name: t(`criteria.named.${one}`),
      text: t(`criteria.example.${one}`),
    })),
    empty: t('criteria.everyone'),
  }
}

/** A rule as a sentence, checked while it is written; about customers, unless told otherwise. */
export function CriteriaField({
  path,
  label,
  about,
  onRead,
}: {
  path: string
  label: string
  about?: RuleSubject
  /** Hears whether what is written can be read. */
  onRead?: (readable: boolean) => void
}) {
  const { t } = useTranslation('definition')
  const customers = useCustomers()
  const subject = about ?? customers
  const form = useForm()
  const { hold } = form
  const told = useProblemText()
  useFieldLabel(path, label)
  const stored = form.value(path) ?? null
  const [typed, setTyped] = useState<string | null>(null)
  const [settled] = useDebouncedValue(typed, 350)
  // What the body says is read out once, and again whenever it is changed elsewhere.
  const [known, setKnown] = useState<unknown>(stored)
  if (difference(known, stored).length > 0) {
    setKnown(stored)
    setTyped(null)
  }
  const read = useChecked(subject.check, stored === null ? null : { criteria: stored })
  const draft = settled?.trim() ? { text: settled } : null
  const check = useChecked(subject.check, draft)
  const text = typed ?? (stored === null ? '' : (read.data?.text ?? ''))
  const answer =
    typed === null ? read.data : draft && !check.isPlaceholderData ? check.data : undefined
  const problems = useMemo(
    () => (typed?.trim() ? (check.data?.problems ?? []) : []),
    [check.data, typed],
  )
  const understood = draft && !check.isPlaceholderData ? check.data?.criteria : undefined
  const empty = typed !== null && !typed.trim()

  useEffect(() => {
    if (!understood || difference(understood, stored).length === 0) return
    setKnown(understood)
    form.set(path, understood)
  })
  useEffect(() => {
    if (!empty || stored === null) return
    setKnown(null)
    form.set(path, undefined)
  })
  const first = problems[0]
  useEffect(() => {
    hold(path, first ? { ...first, path } : null)
    return () => hold(path, null)
  }, [hold, path, first])
  useEffect(() => onRead?.(!first), [onRead, first])

  const marks = useMemo(
    () =>
      problems.map(told).map((one) => ({
        line: one.line ?? 1,
        column: one.column ?? undefined,
        length: one.length ?? undefined,
        message: sentence(one.message),
        hint: one.hint,
      })),
    [problems, told],
  )
  const error = check.error ?? read.error
  // A server that reads no sentences still takes the rule itself.
  if (error && Problem.of(error).status === 404) {
    return <JsonEditor path={path} label={label} height="200px" />
  }
  return (
    <div className={classes.field} data-path={path}>
      <div className={classes.head}>
        <span className={classes.label}>{label}</span>
        {!form.readOnly && (
          <Menu>
            <Menu.Target>
              <Button variant="default" leftSection={<Icon name="plus" size={14} />}>
                {t('criteria.insert')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {subject.conditions.map((one) => (
                <Menu.Item
                  key={one.name}
                  onClick={() => setTyped(text.trim() ? `${text}\n  and ${one.text}` : one.text)}
                >
                  {one.name}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      <CodeEditor
        label={label}
        language="text"
        value={text}
        onChange={(next) => next !== text && setTyped(next)}
        marks={marks}
        words={subject.words}
        readOnly={form.readOnly}
        lineNumbers={false}
        height="120px"
      />
      {error && <ErrorPanel error={Problem.of(error)} />}
      {problems.length > 0 && (
        <div role="alert">
          <ul className={classes.problems}>
            {problems.map(told).map((one) => (
              <li key={`${one.line} ${one.column} ${one.message}`}>
                {one.line && (
                  <code>{t('criteria.place', { line: one.line, column: one.column ?? 1 })}</code>
                )}{' '}
                {sentence(one.message)} {one.hint && sentence(one.hint)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {!text.trim() && <p className={classes.soft}>{subject.empty}</p>}
      <Sentences answer={answer} typed={typed} />
    </div>
  )
}

type Answer = ReturnType<typeof useChecked>['data']

/** The rule as it was understood: in English where it was written otherwise, else in Chinese for
 *  those who read Chinese. */
function Sentences({ answer, typed }: { answer: Answer; typed: string | null }) {
  const { t, i18n } = useTranslation('definition')
  const told = useProblemText()
  if (!answer?.criteria) return null
  const english = typed !== null && answer.text !== typed.trim() ? answer.text : null
  const chinese = i18n.language === 'zh-CN' ? answer.text_zh : null
  return (
    <>
      {[english, chinese].map(
        (text) =>
          text && (
            <p key={text} className={classes.sentence} lang={text === chinese ? 'zh-CN' : 'en'}>
              {text}
            </p>
          ),
      )}
      {answer.notices.map(told).map((one) => (
        <p key={one.path + one.message} className={classes.notice}>
          {t('criteria.notice')} {sentence(one.message)} {one.hint && sentence(one.hint)}
        </p>
      ))}
    </>
  )
}

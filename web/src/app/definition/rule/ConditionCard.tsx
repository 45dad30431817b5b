import { ActionIcon, Menu } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, sentence, useFormat } from '../../../ui'
import { useFigures } from './counts'
import { EventFields } from './EventFields'
import {
  AttributeFields,
  ConsentFields,
  InteractionFields,
  ScoreFields,
  SegmentFields,
  SequenceFields,
} from './OtherFields'
import { conditionOf, isReady, kindOf, type Rule } from './rule'
import classes from './rule.module.css'
import { useSentence } from './vocabulary'

/** One condition: as a sentence with its count, and the fields to change it. */
export function ConditionCard({
  rule,
  path,
  set,
  remove,
  duplicate,
  readOnly,
}: {
  rule: Rule
  path: string
  set: (rule: Rule) => void
  remove: () => void
  duplicate: () => void
  readOnly: boolean
}) {
  const { t, i18n } = useTranslation('rule')
  const { condition, negated } = conditionOf(rule)
  const ready = isReady(condition)
  const [opened, setOpened] = useState(!ready)
  const told = useSentence(rule, ready)
  const chinese = i18n.language === 'zh-CN'
  const text = chinese ? told.data?.text_zh : told.data?.text
  const kind = kindOf(condition)
  const name = text ?? t(`kind.${kind ?? 'other'}`)
  const put = (next: Rule) => set(negated ? { not: next } : next)
  const problems = told.data?.problems ?? []
  return (
    <section className={classes.card} aria-label={name} data-path={path}>
      <div className={classes.line}>
        <div className={classes.say}>
          {text ? (
            sentence(text)
          ) : (
            <span className={classes.soft}>{t(`kind.${kind ?? 'other'}`)}</span>
          )}
        </div>
        <Figure path={path} />
        {!readOnly && (
          <div className={classes.actions}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-expanded={opened}
              aria-label={t('edit', { condition: name })}
              onClick={() => setOpened(!opened)}
            >
              <Icon name={opened ? 'check' : 'edit'} size={14} />
            </ActionIcon>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('more', { condition: name })}
                >
                  <Icon name="more" size={14} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => set(negated ? condition : { not: condition })}>
                  {negated ? t('not_negate') : t('negate')}
                </Menu.Item>
                <Menu.Item onClick={duplicate}>{t('duplicate')}</Menu.Item>
                <Menu.Item onClick={() => set({ any: [rule] })}>{t('into_group')}</Menu.Item>
                <Menu.Item color="red" onClick={remove}>
                  {t('remove')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </div>
        )}
      </div>
      {problems.map((one) => (
        <p key={one.message} className={classes.bad} role="alert">
          {sentence(one.message)} {one.hint && sentence(one.hint)}
        </p>
      ))}
      {(told.data?.notices ?? []).map((one) => (
        <p key={one.message} className={classes.notice}>
          {sentence(one.message)} {one.hint && sentence(one.hint)}
        </p>
      ))}
      {opened && !readOnly && (
        <div className={classes.form}>
          <ConditionFields condition={condition} set={put} />
        </div>
      )}
    </section>
  )
}

function ConditionFields({ condition, set }: { condition: Rule; set: (rule: Rule) => void }) {
  const { t } = useTranslation('rule')
  switch (kindOf(condition)) {
    case 'attribute':
      return <AttributeFields rule={condition} set={set} />
    case 'event':
      return <EventFields rule={condition} set={set} />
    case 'sequence':
      return <SequenceFields rule={condition} set={set} />
    case 'contacts':
      return <InteractionFields rule={condition} set={set} of="contacts" />
    case 'responses':
      return <InteractionFields rule={condition} set={set} of="responses" />
    case 'consent':
      return <ConsentFields rule={condition} set={set} />
    case 'segment':
      return <SegmentFields rule={condition} set={set} />
    case 'score':
      return <ScoreFields rule={condition} set={set} />
    case null:
      return <p className={classes.soft}>{t('as_text_only')}</p>
  }
}

/** How many satisfy the condition, and how many are left after it. */
export function Figure({ path }: { path: string }) {
  const { t } = useTranslation('rule')
  const format = useFormat()
  const figures = useFigures()
  const found = figures?.at.get(path)
  if (!figures || !found) return null
  const left = found.left ?? found.count
  const share = figures.population > 0 ? left / figures.population : 0
  const words =
    found.left === undefined || found.left === null
      ? t('counted', { count: found.count, shown: format.number(found.count) })
      : t('counted_left', {
          count: found.count,
          shown: format.number(found.count),
          left: format.number(found.left),
        })
  return (
    <div className={figures.stale ? classes.stale : classes.figure} title={words}>
      <span className={classes.number}>{format.number(left)}</span>
      <span className={classes.bar} aria-hidden="true">
        <span
          className={classes.fill}
          style={{ width: `${Math.max(share * 100, left ? 1 : 0)}%` }}
        />
      </span>
      <span className={classes.off}>{words}</span>
    </div>
  )
}

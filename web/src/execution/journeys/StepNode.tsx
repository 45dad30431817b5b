import { Handle, type NodeProps, Position } from '@xyflow/react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName, useFormat } from '../../ui'
import classes from './Canvas.module.css'
import type { Step } from './journeys'

export type StepKind = Step['kind'] | 'entry'

/** What is shown of a step. */
export type StepFacts = {
  kind: StepKind
  title: string
  text: string
  entered?: number
  inside?: number
  chosen: boolean
  wrong: boolean
}

export const stepIcons: Record<StepKind, IconName> = {
  entry: 'play',
  wait: 'clock',
  split: 'split',
  experiment: 'split',
  decide: 'offer',
  message: 'mail',
  end: 'flag',
}

/** Whose turn it is at a step: ours, the customer's, or nobody's. */
export const stepSides: Record<StepKind, 'ours' | 'theirs' | 'plain'> = {
  entry: 'theirs',
  wait: 'plain',
  split: 'theirs',
  experiment: 'ours',
  decide: 'ours',
  message: 'ours',
  end: 'plain',
}

type Data = StepFacts & { id: string; choose: (step: string) => void }

export const StepNode = memo(function StepNode({ data }: NodeProps) {
  const { t } = useTranslation('journeys')
  const format = useFormat()
  // The canvas hands exactly this to every node; its own type says nothing about it.
  const step = data as Data
  const counted = step.entered !== undefined || step.inside !== undefined
  return (
    <>
      <Handle type="target" position={Position.Top} className={classes.handle} />
      <button
        type="button"
        className={`${classes.node} ${classes[stepSides[step.kind]]} nopan`}
        aria-pressed={step.chosen}
        data-wrong={step.wrong || undefined}
        onClick={() => step.choose(step.id)}
      >
        <span className={classes.kind}>
          <Icon name={stepIcons[step.kind]} size={13} />
          {step.title}
          {step.wrong && <Icon name="warning" size={13} />}
        </span>
        <span className={classes.text}>{step.text}</span>
        {counted && (
          <span className={classes.counts}>
            {step.entered !== undefined && (
              <span>{t('count.entered', { shown: format.number(step.entered) })}</span>
            )}
            {step.inside !== undefined && step.inside > 0 && (
              <span className={classes.inside}>
                {t('count.inside', { shown: format.number(step.inside) })}
              </span>
            )}
          </span>
        )}
      </button>
      <Handle type="source" position={Position.Bottom} className={classes.handle} />
    </>
  )
})

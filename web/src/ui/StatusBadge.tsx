import { Icon, type IconName } from './Icon'
import classes from './StatusBadge.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'action' | 'ours' | 'theirs'

const icons: Record<Tone, IconName> = {
  good: 'check',
  warn: 'warning',
  bad: 'cross',
  plain: 'dot',
  action: 'play',
  ours: 'message',
  theirs: 'user',
}

/**
 * A state as icon and word; colour is never the only carrier. Pass the translated word. A whole
 * sentence may break into lines.
 */
export function StatusBadge({
  tone,
  word,
  icon = icons[tone],
  title,
  sentence = false,
}: {
  tone: Tone
  word: string
  icon?: IconName
  title?: string
  sentence?: boolean
}) {
  return (
    <span
      className={`${classes.badge} ${classes[tone]} ${sentence ? classes.sentence : ''}`}
      title={title}
    >
      <Icon name={icon} size={12} />
      {word}
    </span>
  )
}

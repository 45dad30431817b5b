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

/** A state as icon and word; colour is never the only carrier. Pass the translated word. */
export function StatusBadge({
  tone,
  word,
  icon = icons[tone],
  title,
}: {
  tone: Tone
  word: string
  icon?: IconName
  title?: string
}) {
  return (
    <span className={`${classes.badge} ${classes[tone]}`} title={title}>
      <Icon name={icon} size={12} />
      {word}
    </span>
  )
}

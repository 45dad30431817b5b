import { ActionIcon, Button, Group, Menu, SegmentedControl } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../ui'
import { ConditionCard, Figure } from './ConditionCard'
import { blank, conditionKinds, type GroupKind, groupOf, groupRule, type Rule } from './rule'
import classes from './rule.module.css'

const groupKinds: GroupKind[] = ['all', 'any', 'none']
const deepest = 6

/** A group of conditions and groups; every part can be changed, moved and removed. */
export function RuleBuilder({
  rule,
  set,
  path = '',
  remove,
  readOnly = false,
  depth = 1,
}: {
  rule: Rule
  set: (rule: Rule) => void
  path?: string
  remove?: () => void
  readOnly?: boolean
  depth?: number
}) {
  const { t } = useTranslation('rule')
  const group = groupOf(rule)
  if (!group) return null
  const { kind, parts } = group
  const put = (next: Rule[]) => set(groupRule(kind, next))
  const change = (place: number, next: Rule) =>
    put(parts.map((one, at) => (at === place ? next : one)))
  const drop = (place: number) => put(parts.filter((_, at) => at !== place))
  const move = (place: number, step: number) => {
    const next = [...parts]
    next.splice(place + step, 0, ...next.splice(place, 1))
    put(next)
  }
  const pathOf = (place: number) => `${path}${group.path}/${place}`
  return (
    <fieldset className={depth === 1 ? classes.root : classes.group}>
      <legend className={classes.legend}>
        <SegmentedControl
          aria-label={t('group.label')}
          size="xs"
          readOnly={readOnly}
          value={kind}
          data={groupKinds.map((one) => ({ value: one, label: t(`group.${one}`) }))}
          onChange={(next) => {
            const chosen = groupKinds.find((one) => one === next)
            if (chosen) set(groupRule(chosen, parts))
          }}
        />
        {depth > 1 && <Figure path={path} />}
        {remove && !readOnly && (
          <ActionIcon variant="subtle" color="gray" aria-label={t('group.remove')} onClick={remove}>
            <Icon name="trash" size={14} />
          </ActionIcon>
        )}
      </legend>
      {parts.length === 0 && <p className={classes.soft}>{t(`group.empty_${kind}`)}</p>}
      {parts.map((part, place) => {
        const inner = groupOf(part)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no name of their own.
          <div key={place} className={classes.part}>
            {place > 0 && <span className={classes.joint}>{t(`joint.${kind}`)}</span>}
            {inner ? (
              <RuleBuilder
                rule={part}
                set={(next) => change(place, next)}
                path={pathOf(place)}
                remove={() => drop(place)}
                readOnly={readOnly}
                depth={depth + 1}
              />
            ) : (
              <ConditionCard
                rule={part}
                path={pathOf(place)}
                set={(next) => change(place, next)}
                remove={() => drop(place)}
                duplicate={() =>
                  put([...parts.slice(0, place + 1), part, ...parts.slice(place + 1)])
                }
                readOnly={readOnly}
              />
            )}
            {!readOnly && parts.length > 1 && (
              <div className={classes.moves}>
                {place > 0 && (
                  <Button variant="subtle" size="compact-xs" onClick={() => move(place, -1)}>
                    {t('up')}
                  </Button>
                )}
                {place < parts.length - 1 && (
                  <Button variant="subtle" size="compact-xs" onClick={() => move(place, 1)}>
                    {t('down')}
                  </Button>
                )}
              </div>
            )}
          </div>
        )
      })}
      {!readOnly && (
        <Group gap={8}>
          <AddCondition add={(next) => put([...parts, next])} />
          {depth < deepest && (
            <Button
              variant="subtle"
              leftSection={<Icon name="plus" size={14} />}
              onClick={() => put([...parts, groupRule(kind === 'any' ? 'all' : 'any', [])])}
            >
              {t('group.add')}
            </Button>
          )}
        </Group>
      )}
    </fieldset>
  )
}

function AddCondition({ add }: { add: (rule: Rule) => void }) {
  const { t } = useTranslation('rule')
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="plus" size={14} />}>
          {t('add')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {conditionKinds.map((kind) => (
          <Menu.Item key={kind} onClick={() => add(blank(kind))}>
            {t(`kind.${kind}`)}
            <span className={classes.explain}>{t(`explain.${kind}`)}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

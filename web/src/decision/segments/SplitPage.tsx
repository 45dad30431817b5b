import { ActionIcon, Button, MultiSelect, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCustomerName } from '../../api/names'
import { Problem } from '../../api/problem'
import { useMay } from '../../api/session'
import { useVocabulary } from '../../app/definition/rule/vocabulary'
import { customerPath } from '../../memory/customers/nav'
import {
  EmptyState,
  ErrorPanel,
  Icon,
  PageHeader,
  Panel,
  Skeleton,
  useFormat,
  useUrl,
} from '../../ui'
import { segmentPath, segmentsPath } from './nav'
import classes from './Segments.module.css'
import { type SplitPart, useSplit } from './segments'
import { moved, saveGroup } from './split'

/** Segments in an order: everybody is in exactly one group. The order lives in the address. */
export default function SplitPage() {
  const { t } = useTranslation('segments')
  const { segments } = useVocabulary()
  const [search, setSearch] = useUrl()
  const keys = (search.segments ?? '').split(',').filter(Boolean)
  const split = useSplit(keys)
  const titleOf = (key: string | null | undefined) =>
    key ? (segments.find((one) => one.value === key)?.label ?? key) : t('split.rest')
  const population = (split.data ?? []).reduce((sum, part) => sum + part.count, 0)
  return (
    <>
      <PageHeader
        title={t('split.title')}
        lead={t('split.lead')}
        back={{ to: segmentsPath, label: t('title') }}
      />
      <Panel title={t('split.order')}>
        <MultiSelect
          label={t('split.segments')}
          description={t('split.hint')}
          data={segments}
          value={keys}
          searchable
          onChange={(next) => setSearch({ segments: next.join(',') || null })}
        />
        {keys.length > 1 && (
          <ol className={classes.list}>
            {keys.map((key, place) => (
              <li key={key} className={classes.row}>
                {([-1, 1] as const).map((by) => (
                  <ActionIcon
                    key={by}
                    variant="subtle"
                    color="gray"
                    disabled={by < 0 ? place === 0 : place === keys.length - 1}
                    aria-label={t(by < 0 ? 'split.up' : 'split.down', { segment: titleOf(key) })}
                    onClick={() => setSearch({ segments: moved(keys, place, by).join(',') })}
                  >
                    <span className={by < 0 ? classes.up : classes.down} aria-hidden="true">
                      <Icon name="chevron" size={14} />
                    </span>
                  </ActionIcon>
                ))}
                {titleOf(key)}
              </li>
            ))}
          </ol>
        )}
      </Panel>
      {split.error && <ErrorPanel error={Problem.of(split.error)} retry={() => split.refetch()} />}
      {split.isLoading && <Skeleton lines={8} />}
      {keys.length === 0 && <EmptyState title={t('split.empty')} text={t('split.empty_text')} />}
      {keys.length > 0 && split.data && (
        <ol className={`${classes.groups} ${split.isFetching ? classes.stale : ''}`}>
          {split.data.map((part, place) => (
            <li key={part.segment ?? ''}>
              <GroupPanel part={part} titleOf={titleOf} population={population}>
                <GroupMaker
                  key={keys.join()}
                  title={titleOf(part.segment)}
                  segments={keys}
                  place={place}
                />
              </GroupPanel>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

function GroupPanel({
  part,
  titleOf,
  population,
  children,
}: {
  part: SplitPart
  titleOf: (key: string | null | undefined) => string
  population: number
  children: ReactNode
}) {
  const { t, i18n } = useTranslation('segments')
  const customerName = useCustomerName()
  const format = useFormat()
  const list = (keys: string[]) => new Intl.ListFormat(i18n.language).format(keys.map(titleOf))
  return (
    <Panel title={titleOf(part.segment)} side="theirs">
      <div className={classes.stack}>
        <div>
          <div className={classes.big}>{format.number(part.count)}</div>
          <span className={classes.bar} aria-hidden="true">
            <span
              className={`${classes.fill} ${classes.theirs}`}
              style={{ width: `${population ? (100 * part.count) / population : 0}%` }}
            />
          </span>
        </div>
        {part.segment && (
          <p className={classes.soft}>
            {t('split.matching', { shown: format.number(part.matching) })}{' '}
            {part.taken_before.map((taken) => (
              <span key={taken.segment}>
                {t('split.taken', {
                  shown: format.number(taken.count),
                  segment: titleOf(taken.segment),
                })}{' '}
              </span>
            ))}
          </p>
        )}
        {part.sample.length > 0 && (
          <ul className={classes.list}>
            {part.sample.map((one) => (
              <li key={one.customer_id}>
                <Link to={customerPath(one.customer_id)}>
                  {customerName(one.customer_id, one.label)}
                </Link>{' '}
                <span className={classes.soft}>
                  {one.reason.passed.length > 0 &&
                    t('split.passed', { segments: list(one.reason.passed) })}{' '}
                  {one.reason.also.length > 0 &&
                    t('split.also', { segments: list(one.reason.also) })}
                </span>
              </li>
            ))}
          </ul>
        )}
        {children}
      </div>
    </Panel>
  )
}

/** Makes a group a segment that can be used everywhere: in no earlier segment, whatever comes. */
function GroupMaker({
  title,
  segments,
  place,
}: {
  title: string
  segments: string[]
  place: number
}) {
  const { t } = useTranslation('segments')
  const may = useMay()
  const [name, setName] = useState(title)
  const make = useMutation({ mutationFn: () => saveGroup(name, segments, place) })
  if (make.data) {
    return (
      <p className={classes.soft} role="status">
        {t('split.made')} <Link to={segmentPath(make.data)}>{t('split.open_made', { name })}</Link>
      </p>
    )
  }
  const missing = may('edit_journeys') ? undefined : t('split.denied')
  return (
    <div className={classes.row}>
      <TextInput
        label={t('split.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        variant="default"
        loading={make.isPending}
        disabled={Boolean(missing) || !name.trim()}
        title={missing}
        leftSection={<Icon name="segment" size={14} />}
        onClick={() => make.mutate()}
      >
        {t('split.make')}
      </Button>
      {make.error && <ErrorPanel error={Problem.of(make.error)} />}
    </div>
  )
}

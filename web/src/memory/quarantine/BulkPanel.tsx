import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ConfirmButton, ErrorPanel, Panel, useFormat } from '../../ui'
import { useReason } from './QuarantinePage'
import classes from './QuarantinePage.module.css'
import {
  type BulkOutcome,
  type Count,
  countsQuery,
  useDiscardAll,
  useReplayAll,
} from './quarantine'

/** What waits, grouped by why and from where; a group is replayed or discarded as one. */
export function BulkPanel({
  source,
  reason,
  choose,
}: {
  source: string | undefined
  reason: string | undefined
  choose: (change: Record<string, string>) => void
}) {
  const { t } = useTranslation('quarantine')
  const counts = useQuery({ ...countsQuery(), refetchInterval: 10_000 })
  const replay = useReplayAll()
  const discard = useDiscardAll()
  const fits = (one: Count) =>
    (!source || one.source_id === source) && (!reason || one.reason === reason)
  const groups = (counts.data ?? []).filter(fits)
  const failure = counts.error ?? replay.error ?? discard.error
  if (groups.length === 0 && !failure) return null
  return (
    <div className={classes.bulk}>
      <Panel title={t('bulk.title')} flush>
        {failure && <ErrorPanel error={failure} />}
        <ul className={classes.groups}>
          {groups.map((group) => {
            const body = { source_id: group.source_id, reason: group.reason }
            return (
              <Group
                key={group.source_id + group.reason}
                group={group}
                busy={replay.isPending || discard.isPending}
                show={() => choose({ source: group.source_id, reason: group.reason })}
                replay={(told) => replay.mutate({ body }, { onSuccess: told })}
                discard={(told) => discard.mutate({ body }, { onSuccess: told })}
              />
            )
          })}
        </ul>
      </Panel>
    </div>
  )
}

type Told = (outcome: BulkOutcome) => void

function Group({
  group,
  busy,
  show,
  replay,
  discard,
}: {
  group: Count
  busy: boolean
  show: () => void
  replay: (told: Told) => void
  discard: (told: Told) => void
}) {
  const { t } = useTranslation('quarantine')
  const format = useFormat()
  const may = useMay()
  const reason = useReason()(group.reason)
  const { count } = group
  const shown = format.number(count)
  const tellReplay: Told = (outcome) =>
    notifications.show({
      message: t('bulk.replayed', {
        taken: format.number(outcome.taken + outcome.duplicates),
        refused: format.number(outcome.refused),
      }),
    })
  const tellDiscard: Told = (outcome) =>
    notifications.show({
      message: t('bulk.discarded', { shown: format.number(outcome.discarded) }),
    })
  return (
    <li className={classes.group}>
      <Button variant="subtle" className={classes.what} onClick={show}>
        {t('bulk.group', { reason, source: group.source })}
      </Button>
      <span className={classes.count}>{t('bulk.count', { count, shown })}</span>
      {may('edit_data') && (
        <span className={classes.actions}>
          <ConfirmButton
            label={t('bulk.replay')}
            title={t('bulk.replay_title', { count, shown })}
            text={t('bulk.replay_text', { reason, source: group.source })}
            confirm={t('bulk.replay')}
            disabled={busy}
            onConfirm={() => replay(tellReplay)}
          />
          <ConfirmButton
            danger
            variant="subtle"
            label={t('bulk.discard')}
            title={t('bulk.discard_title', { count, shown })}
            text={t('bulk.discard_text', { reason, source: group.source })}
            confirm={t('bulk.discard')}
            disabled={busy}
            onConfirm={() => discard(tellDiscard)}
          />
        </span>
      )}
    </li>
  )
}

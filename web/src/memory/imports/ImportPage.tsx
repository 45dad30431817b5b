import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  ConfirmButton,
  EmptyState,
  ErrorPanel,
  PageHeader,
  Skeleton,
  StatusBadge,
  useFormat,
  usePathParam,
  When,
} from '../../ui'
import classes from './ImportPage.module.css'
import { type Import, importQuery, moves, tones, useRemove } from './imports'
import { MappingStep } from './MappingStep'
import { importsPath } from './nav'
import { ProgressPanel } from './ProgressPanel'

export default function ImportPage() {
  const { t } = useTranslation('imports')
  const id = usePathParam('id')
  const one = useQuery({
    ...importQuery(id),
    refetchInterval: ({ state }) => (moves(state.data?.state) ? 1_000 : false),
  })
  const back = { to: importsPath, label: t('title') }
  if (one.data) return <Known one={one.data} />
  const gone = one.error?.status === 404
  return (
    <>
      <PageHeader title={id} back={back} />
      {one.isPending && <Skeleton lines={8} />}
      {gone && <EmptyState title={t('gone.title')} text={t('gone.text')} />}
      {one.error && !gone && <ErrorPanel error={one.error} retry={() => one.refetch()} />}
    </>
  )
}

function Known({ one }: { one: Import }) {
  const { t } = useTranslation('imports')
  const may = useMay()('edit_data')
  const open = one.state === 'uploaded' || one.state === 'cancelled' || one.state === 'failed'
  return (
    <>
      <Head one={one} />
      <div className={classes.parts}>
        {one.state !== 'uploaded' && <ProgressPanel one={one} />}
        {open && may && <MappingStep one={one} />}
        {open && !may && <EmptyState title={t('readonly.title')} text={t('readonly.text')} />}
      </div>
    </>
  )
}

function Head({ one }: { one: Import }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const may = useMay()
  const navigate = useNavigate()
  const remove = useRemove()
  const onRemoved = () => {
    notifications.show({ message: t('remove.done') })
    navigate({ to: importsPath })
  }
  const { facts } = one
  const large = facts.size_bytes >= 1_000_000
  const size = format.decimal(facts.size_bytes / (large ? 1_000_000 : 1_000), 1)
  return (
    <>
      <PageHeader
        title={one.name}
        back={{ to: importsPath, label: t('title') }}
        badge={<StatusBadge tone={tones[one.state]} word={t(`state.${one.state}`)} />}
        lead={
          <>
            {t('facts', {
              format: t(`format.${facts.format}`),
              size: large ? `${size} MB` : `${size} kB`,
              columns: format.number(facts.columns.length),
            })}{' '}
            · {one.author}, <When at={one.created_at} />
          </>
        }
        actions={
          may('edit_data') &&
          !moves(one.state) && (
            <ConfirmButton
              danger
              variant="subtle"
              label={t('remove.button')}
              title={t('remove.title', { name: one.name })}
              text={t('remove.text')}
              confirm={t('remove.button')}
              loading={remove.isPending}
              onConfirm={() => remove.mutate({ path: { id: one.id } }, { onSuccess: onRemoved })}
            />
          )
        }
      />
      {remove.error && <ErrorPanel error={remove.error} />}
    </>
  )
}

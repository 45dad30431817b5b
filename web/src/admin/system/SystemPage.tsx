import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ErrorPanel, Facts, PageHeader, Panel, Skeleton } from '../../ui'
import { BackupPanel } from './BackupPanel'
import { LakePanel } from './LakePanel'
import { OutboundPanel } from './OutboundPanel'
import classes from './SystemPage.module.css'
import { type System, systemQuery } from './system'

export default function SystemPage() {
  const { t } = useTranslation('system')
  const system = useQuery({ ...systemQuery(), refetchInterval: 15_000 })
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      {system.data && <Shown system={system.data} />}
      {system.isPending && <Skeleton lines={8} />}
      {system.error && !system.data && (
        <ErrorPanel error={system.error} retry={() => system.refetch()} />
      )}
    </>
  )
}

function Shown({ system }: { system: System }) {
  const { t } = useTranslation('system')
  const may = useMay()('manage_system')
  const embedded = system.store === 'embedded'
  return (
    <div className={classes.panels}>
      <OutboundPanel hold={system.outbound_hold ?? null} may={may} />
      <BackupPanel embedded={embedded} may={may} />
      <LakePanel may={may} />
      <Panel title={t('about')}>
        <Facts
          facts={[
            { name: t('version'), value: system.version },
            { name: t('store'), value: embedded ? t('embedded') : t('postgres') },
            { name: t('base_url'), value: <code>{system.base_url}</code> },
          ]}
        />
      </Panel>
    </div>
  )
}

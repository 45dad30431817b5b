import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { ConfirmButton, ErrorPanel, Facts, Panel, When } from '../../ui'
import { mappingsQuery, useForget } from './imports'

/** The mappings that were saved: files with the same columns find theirs by themselves. */
export function MappingsPanel() {
  const { t } = useTranslation('imports')
  const may = useMay()
  const mappings = useQuery(mappingsQuery())
  const forget = useForget()
  if (mappings.error) return <ErrorPanel error={mappings.error} />
  if (!mappings.data?.length) return null
  return (
    <Panel title={t('mappings.title')}>
      <p>{t('mappings.text')}</p>
      {forget.error && <ErrorPanel error={forget.error} />}
      <Facts
        facts={mappings.data.map(({ name, author, updated_at }) => ({
          name,
          value: (
            <>
              {t('mappings.saved', { author })} <When at={updated_at} />{' '}
              {may('edit_data') && (
                <ConfirmButton
                  label={t('mappings.forget')}
                  title={t('mappings.forget_title', { name })}
                  text={t('mappings.forget_text')}
                  confirm={t('mappings.forget')}
                  danger
                  size="compact-sm"
                  loading={forget.isPending}
                  onConfirm={() => forget.mutate({ path: { name } })}
                />
              )}
            </>
          ),
        }))}
      />
    </Panel>
  )
}

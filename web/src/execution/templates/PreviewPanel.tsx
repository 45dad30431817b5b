import { NativeSelect, SegmentedControl } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { CustomerPicker, offered, useChoices, type useCustomer } from '../../app/definition'
import { ErrorPanel, Panel, Skeleton, useUrl } from '../../ui'
import { MailView } from '../mail/MailView'
import classes from './TemplateEditor.module.css'
import type { usePreview } from './usePreview'

/** The mail as one customer would get it. */
export function PreviewPanel({
  shown,
  customer,
  real,
}: {
  shown: ReturnType<typeof usePreview>
  customer: ReturnType<typeof useCustomer>
  real: boolean
}) {
  const { t } = useTranslation('templates')
  const may = useMay()
  const [search, setSearch] = useUrl()
  const offers = useChoices('offer').choices
  return (
    <Panel title={t('preview.title')}>
      <div className={classes.preview} aria-busy={shown.busy}>
        {may('view_customers') && (
          <SegmentedControl
            aria-label={t('preview.whose')}
            value={real ? 'real' : 'invented'}
            data={[
              { value: 'real', label: t('preview.real') },
              { value: 'invented', label: t('preview.invented') },
            ]}
            onChange={(value) => setSearch({ as: value === 'invented' ? value : null })}
          />
        )}
        {real && <CustomerPicker customer={customer} />}
        <NativeSelect
          label={t('preview.offer')}
          value={search.offer ?? ''}
          data={[
            { value: '', label: t('preview.no_offer') },
            ...offered(offers, [search.offer ?? '']),
          ]}
          onChange={(event) => setSearch({ offer: event.currentTarget.value })}
        />
        {shown.problem && (
          <ErrorPanel
            // The detail says it already; the editor shows it at its line, too.
            error={{ document: { ...shown.problem.document, errors: [] } }}
            retry={shown.retry}
          />
        )}
        {!shown.problem && !shown.mail && shown.busy && <Skeleton lines={6} />}
        {shown.mail && <MailView mail={shown.mail} />}
      </div>
    </Panel>
  )
}

import { useTranslation } from 'react-i18next'
import { Panel, StatusBadge } from '../../ui'
import { checks } from './checks'
import classes from './TemplateEditor.module.css'

/** What one would check before sending. */
export function ChecksPanel(props: { html: string; marketing: boolean; languages: string[] }) {
  const { t } = useTranslation('templates')
  return (
    <Panel title={t('checks.title')}>
      <ul className={classes.checks}>
        {checks(props.html, props.marketing, props.languages).map((one) => (
          <li key={one.key}>
            <StatusBadge
              tone={one.good ? 'good' : 'warn'}
              word={t(`checks.${one.key}_${one.good ? 'good' : 'bad'}`, { shown: one.count })}
            />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

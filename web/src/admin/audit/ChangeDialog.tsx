import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { difference, Facts, useFormat } from '../../ui'
import classes from './AuditPage.module.css'
import type { AuditRow } from './audit'
import { useAuditWords } from './words'

const text = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value, null, 1))

/** One row of the log in full: who, from where, and what it changed place by place. */
export function ChangeDialog({ row, close }: { row: AuditRow; close: () => void }) {
  const { t } = useTranslation('audit')
  const format = useFormat()
  const words = useAuditWords()
  const changes = difference(row.before ?? {}, row.after ?? {})
  return (
    <Modal
      opened
      onClose={close}
      size="xl"
      title={`${words.action(row.action)}: ${words.kind(row.object_kind)} ${row.object_key}`}
    >
      <Facts
        facts={[
          { name: t('column.when'), value: format.moment(row.occurred_at) },
          {
            name: t('column.who'),
            value: row.actor === 'command' ? words.actor(row) : `${row.actor_name} (${row.actor})`,
          },
          { name: t('column.address'), value: words.address(row) },
          { name: t('seal'), value: <code>{row.hash}</code> },
        ]}
      />
      {row.redacted && <p>{t('redacted')}</p>}
      {changes.length > 0 && (
        <section className={classes.scroll} tabIndex={0} aria-label={t('changes')}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('place')}</th>
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('after')}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((one) => (
                <tr key={one.path}>
                  <th scope="row">
                    <code>{one.path}</code>
                  </th>
                  <td>
                    <code>{text(one.mine)}</code>
                  </td>
                  <td>
                    <code>{text(one.theirs)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Modal>
  )
}

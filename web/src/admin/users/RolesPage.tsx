import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { Icon, PageHeader } from '../../ui'
import { usersPath } from './nav'
import { matrix } from './roles'
import classes from './UserPage.module.css'
import { roles } from './users'

/** What each role may do, in one table. */
export default function RolesPage() {
  const { t } = useTranslation('users')
  const word = useWord()
  return (
    <>
      <PageHeader
        title={t('roles.title')}
        lead={t('roles.lead')}
        back={{ to: usersPath, label: t('title') }}
      />
      <section className={classes.scroll} tabIndex={0} aria-label={t('roles.title')}>
        <table className={classes.matrix}>
          <caption className={classes.off}>{t('roles.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('roles.permission')}</th>
              {roles.map((role) => (
                <th key={role} scope="col" className={classes.may} title={t(`role_text.${role}`)}>
                  {word('role', role)}
                </th>
              ))}
            </tr>
          </thead>
          {matrix.map(({ area, rows }) => (
            <tbody key={area}>
              <tr className={classes.group}>
                <th scope="rowgroup" colSpan={roles.length + 1}>
                  {t(`roles.area.${area}`)}
                </th>
              </tr>
              {rows.map((row) => (
                <tr key={row.permission} data-row="" tabIndex={-1}>
                  <th scope="row">{word('permission', row.permission)}</th>
                  {roles.map((role) => (
                    <May key={role} may={row.roles.includes(role)} />
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </section>
    </>
  )
}

function May({ may }: { may: boolean }) {
  const { t } = useTranslation('users')
  return (
    <td className={may ? classes.yes : classes.no}>
      <Icon name={may ? 'check' : 'minus'} />
      <span className={classes.off}>{may ? t('roles.yes') : t('roles.no')}</span>
    </td>
  )
}

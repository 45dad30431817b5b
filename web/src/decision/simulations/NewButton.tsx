import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { newSimulationPath } from './nav'

/** The first step of trying something. */
export function NewButton() {
  const { t } = useTranslation('simulations')
  return (
    <Button renderRoot={(props) => <Link to={newSimulationPath} {...props} />}>{t('new')}</Button>
  )
}

import { Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { RetireDialog } from '../../app/definition'
import classes from './OffersPage.module.css'

/** Takes the chosen offers out of use; those that could not be stay chosen. */
export function RetireBar({ keys, choose }: { keys: string[]; choose: (keys: string[]) => void }) {
  const { t } = useTranslation('offers')
  const [asking, dialog] = useDisclosure(false)
  return (
    <section className={classes.bar} aria-label={t('selected', { count: keys.length })}>
      <span aria-live="polite">{t('selected', { count: keys.length })}</span>
      <Group gap="xs">
        <Button variant="default" onClick={() => choose([])}>
          {t('deselect')}
        </Button>
        <Button variant="default" onClick={dialog.open}>
          {t('retire')}
        </Button>
        {asking && (
          <RetireDialog
            kind="offer"
            keys={keys}
            title={t('retire_title', { count: keys.length })}
            text={t('retire_text')}
            retired={(done) => {
              const gone = done.map((offer) => offer.key)
              choose(keys.filter((key) => !gone.includes(key)))
            }}
            close={dialog.close}
          />
        )}
      </Group>
    </section>
  )
}

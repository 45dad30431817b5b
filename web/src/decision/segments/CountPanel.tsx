import { Button, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../api/problem'
import { AsOf, ErrorPanel, Panel, Skeleton, sentence, useFormat } from '../../ui'
import classes from './Segments.module.css'
import { killer, type RuleCount } from './segments'

/** How many customers the rule has, exactly, now or as of a day. */
export function CountPanel({
  count,
  stale,
  at,
  setAt,
}: {
  count: {
    data?: RuleCount
    error: Error | null
    isLoading: boolean
    refetch: () => unknown
  }
  stale: boolean
  at: string | null
  setAt: (at: string | null) => void
}) {
  const { t, i18n } = useTranslation('segments')
  const format = useFormat()
  const data = count.data
  const rounded = data && data.least_customers > 1
  const none = data && !rounded && data.count === 0 ? killer(data.conditions) : null
  const said = none && (i18n.language === 'zh-CN' ? none.text_zh : none.text)
  return (
    <Panel title={t('count.title')} aside={data && <AsOf at={data.at} />} side="theirs">
      <div className={classes.stack}>
        {count.isLoading && !data && <Skeleton lines={3} />}
        {count.error && <ErrorPanel error={Problem.of(count.error)} retry={count.refetch} />}
        {data && (
          <div aria-live="polite" aria-busy={stale} className={stale ? classes.stale : undefined}>
            <div className={classes.big}>{format.number(data.count)}</div>
            {data.households != null && (
              <div className={classes.soft}>
                {t('count.households', { number: format.number(data.households) })}
              </div>
            )}
            <div className={classes.soft}>
              {t('count.share', {
                share: format.percent(data.population ? data.count / data.population : 0),
                population: format.number(data.population),
              })}{' '}
              {rounded
                ? t('count.rounded', { least: format.number(data.least_customers) })
                : t('count.exact', { ms: format.number(data.took_ms) })}
            </div>
          </div>
        )}
        {said && <p className={classes.warn}>{t('count.killed', { condition: sentence(said) })}</p>}
        {!data && !count.isLoading && !count.error && (
          <p className={classes.soft}>{t('count.nothing')}</p>
        )}
        <div className={classes.row}>
          <TextInput
            type="date"
            label={t('count.as_of')}
            description={t('count.as_of_hint')}
            value={at?.slice(0, 10) ?? ''}
            onChange={(event) => {
              const day = event.currentTarget.value
              setAt(day ? `${day}T23:59:59.999Z` : null)
            }}
          />
          {at && (
            <Button variant="subtle" onClick={() => setAt(null)}>
              {t('count.now')}
            </Button>
          )}
        </div>
      </div>
    </Panel>
  )
}

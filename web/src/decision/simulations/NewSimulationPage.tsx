import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ErrorPanel, fieldErrors, PageHeader, Panel, placeName, useUrl } from '../../ui'
import { simulationPath, simulationsPath } from './nav'
import { PeriodFields } from './PeriodFields'
import { PopulationFields } from './PopulationFields'
import { RulesField } from './RulesField'
import { changesOf, listOf, requestOf, textOf } from './request'
import classes from './Simulation.module.css'
import { useStart } from './simulations'

/** What to try, and on what; the whole question stands in the address. */
export default function NewSimulationPage() {
  const { t } = useTranslation('simulations')
  const [search, setSearch] = useUrl()
  const navigate = useNavigate()
  const start = useStart()
  const population = search.on === 'population'
  const a = changesOf(search.a)
  const missing = a.length === 0 || (population && listOf(search.placements).length === 0)
  const error = fieldErrors({ errors: start.error?.document.errors ?? [] })
  const names = {
    '/tries': t('rules.title'),
    '/tries/0': 'A',
    '/tries/1': 'B',
    '/name': t('name'),
    '/on': t('on.title'),
    '/on/recorded/since': t('period.from'),
    '/on/recorded/until': t('period.until'),
    '/on/recorded/response_days': t('period.days'),
    '/on/recorded/placements': t('placements'),
    '/on/population/placements': t('placements'),
    '/on/population/criteria': t('who'),
  }
  const run = () =>
    start.mutate(
      { body: requestOf(search, Date.now()) },
      { onSuccess: (made) => navigate({ to: simulationPath(made.id) }) },
    )
  return (
    <>
      <PageHeader
        title={t('new')}
        lead={t('new_lead')}
        back={{ to: simulationsPath, label: t('title') }}
      />
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <Panel title={t('rules.title')}>
          <div className={classes.tries}>
            <RulesField
              name="A"
              changes={a}
              error={error}
              path="/tries/0"
              onChange={(changes) => setSearch({ a: textOf(changes) })}
            />
            {search.b === undefined ? (
              <div>
                <Button variant="default" onClick={() => setSearch({ b: 'none' })}>
                  {t('rules.add_b')}
                </Button>
              </div>
            ) : (
              <RulesField
                name="B"
                changes={changesOf(search.b)}
                error={error}
                path="/tries/1"
                onChange={(changes) => setSearch({ b: textOf(changes) || 'none' })}
                onRemove={() => setSearch({ b: null })}
              />
            )}
          </div>
        </Panel>
        <Panel title={t('on.title')}>
          <div className={classes.fields}>
            <SegmentedControl
              aria-label={t('on.title')}
              value={population ? 'population' : 'recorded'}
              onChange={(on) => setSearch({ on })}
              data={[
                { value: 'recorded', label: t('on.recorded') },
                { value: 'population', label: t('on.population') },
              ]}
            />
            <p className={classes.soft}>
              {t(population ? 'on.population_text' : 'on.recorded_text')}
            </p>
            {population ? <PopulationFields error={error} /> : <PeriodFields error={error} />}
          </div>
        </Panel>
        <TextInput
          label={t('name')}
          description={t('name_hint')}
          maxLength={200}
          value={search.name ?? ''}
          onChange={(event) => setSearch({ name: event.currentTarget.value })}
        />
        {start.error && (
          <ErrorPanel error={start.error} nameOf={(path) => placeName(names, path)} />
        )}
        <div className={classes.actions}>
          <Button type="submit" loading={start.isPending} disabled={missing}>
            {t('run')}
          </Button>
          {missing && (
            <span className={classes.soft}>
              {t(a.length === 0 ? 'missing.rules' : 'missing.placements')}
            </span>
          )}
        </div>
      </form>
    </>
  )
}

import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Form, FormContext, RuleField } from '../../app/definition'
import { useUrl } from '../../ui'
import { PlacementsField } from './PlacementsField'
import classes from './Simulation.module.css'

function read(text: string | undefined): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Which customers, and the placements that ask. */
export function PopulationFields({ error }: { error: (path: string) => string | undefined }) {
  const { t } = useTranslation('simulations')
  const [search, setSearch] = useUrl()
  const [held, setHeld] = useState(false)
  const hold = useCallback((_: string, problem: unknown) => setHeld(problem !== null), [])
  // Kept here as well: the address follows a moment later, and fields must not wait for it.
  const [criteria, setCriteria] = useState(() => read(search.criteria))
  const form: Form = useMemo(
    () => ({
      body: { criteria },
      set: (_, value) => {
        setCriteria(value)
        setSearch({ criteria: value ? JSON.stringify(value) : null })
      },
      problems: [],
      hold,
      readOnly: false,
    }),
    [criteria, hold, setSearch],
  )
  const wrong = error('/on/population/criteria')
  return (
    <>
      <PlacementsField
        error={error('/on/population/placements') ?? error('/on/population/placements/0')}
        hint={t('placements_ask')}
      />
      <FormContext.Provider value={form}>
        <RuleField path="/criteria" label={t('who')} />
      </FormContext.Provider>
      {wrong && <p className={classes.bad}>{wrong}</p>}
      {held && <p className={classes.soft}>{t('who_held')}</p>}
    </>
  )
}

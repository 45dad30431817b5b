import { useTranslation } from 'react-i18next'
import { useFormat, useUrl } from '../../ui'
import classes from './JourneyPage.module.css'
import { type Counts, instanceStates } from './journeys'

/** How many customers stand where; each number leads to them. */
export function StatesRow({ counts }: { counts: Counts }) {
  const { t } = useTranslation('journeys')
  const format = useFormat()
  const [search, setSearch] = useUrl()
  return (
    <div className={classes.states}>
      {instanceStates.map((state) => (
        <button
          key={state}
          type="button"
          className={classes.state}
          data-bad={state === 'failed' && counts.states[state] > 0 ? true : undefined}
          aria-pressed={search.state === state && !search.step}
          onClick={() => setSearch({ state: search.state === state ? null : state, step: null })}
        >
          <span className={classes.number}>{format.number(counts.states[state])}</span>
          <span className={classes.label}>{t(`state.${state}`)}</span>
        </button>
      ))}
    </div>
  )
}

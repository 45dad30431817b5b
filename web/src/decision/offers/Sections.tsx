import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './Sections.module.css'

type Section = { title: string; content: ReactNode }

/** The parts of a long form; on a phone with a list of them on top, to go to each at once. */
export function Sections({ sections }: { sections: Section[] }) {
  const { t } = useTranslation('offers')
  const parts = useRef<(HTMLDivElement | null)[]>([])
  const go = (place: number) => {
    parts.current[place]?.scrollIntoView()
    parts.current[place]?.focus({ preventScroll: true })
  }
  return (
    <>
      <nav className={classes.list} aria-label={t('sections')}>
        {sections.map(({ title }, place) => (
          <button key={title} type="button" className={classes.link} onClick={() => go(place)}>
            {title}
          </button>
        ))}
      </nav>
      {sections.map(({ title, content }, place) => (
        <div
          key={title}
          ref={(part) => {
            parts.current[place] = part
          }}
          tabIndex={-1}
          className={classes.part}
        >
          {content}
        </div>
      ))}
    </>
  )
}

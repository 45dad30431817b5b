import { useTranslation } from 'react-i18next'

/**
 * Notes that the server writes itself, as `roll_out.rs` and `definition/db.rs` word them: they are
 * kept as plain text beside what people wrote.
 */
const written = [
  ['winner', /^winner (?<variant>\S+) of experiment (?<experiment>\S+)$/],
  ['rolled_out', /^winner (?<variant>\S+) rolled out$/],
  ['taken_back', /^roll-out of experiment (?<experiment>\S+) taken back$/],
  ['restored', /^restored version (?<version>\d+)$/],
] as const

/** Why a version was saved: people in their own words, the server in the language of the screen. */
export function useNote(): (note: string) => string {
  const { t } = useTranslation('definition')
  return (note) => {
    for (const [what, form] of written) {
      const found = form.exec(note)
      const values: Record<string, unknown> = { ...found?.groups }
      if (found) return t(`written.${what}`, values)
    }
    return note
  }
}

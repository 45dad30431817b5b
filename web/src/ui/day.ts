/** The day of a moment in the browser's calendar, as a field for dates has it: `2026-03-29`. */
export function dateOf(at: number): string {
  const local = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`
}

/** The last moment of such a day; `undefined` for what is none, as an empty field. */
export function endOfDay(day: string): string | undefined {
  const end = new Date(`${day}T23:59:59.999`)
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString()
}

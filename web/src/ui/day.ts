/** The day of a moment in the browser's calendar, as a field for dates has it: `2026-03-29`. */
export function dateOf(at: number): string {
  const local = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`
}

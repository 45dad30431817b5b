import { problemText, type Told } from './problemText'

/** The server's messages are parts of sentences; shown alone they are sentences. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?。！？…:]$/.test(whole) ? whole : `${whole}.`
}

type Mistake = Told & { path: string }

/**
 * The problem's message for one field, by JSON pointer: give it to Mantine's `error`.
 * Messages of places below the field (`/creatives/0/title` for `/creatives`) are joined in.
 */
export function fieldErrors(
  problem: { errors: Mistake[] } | null | undefined,
): (path: string, below?: boolean) => string | undefined {
  const mistakes = problem?.errors ?? []
  return (path, below = false) => {
    const mine = mistakes.filter(
      (one) => one.path === path || (below && one.path.startsWith(`${path}/`)),
    )
    if (mine.length === 0) return undefined
    return mine
      .map((one) => problemText(one))
      .flatMap((one) => [one.message, one.hint])
      .flatMap((text) => (text ? sentence(text) : []))
      .join(' ')
  }
}

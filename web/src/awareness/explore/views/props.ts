import type { Cell } from '../explore'
import type { Of, Question, Shown } from '../question'

/** What every view gets: what to show, the question, and what happens when a number is chosen. */
export type ViewProps<K extends string> = {
  shown: Of<Shown, K>
  question: Question
  choose: (cell: Cell, title: string) => void
}

import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { problemText, type Told } from '../../ui'

/** Tells problems in the language of the screen, anew when it is another. */
export function useProblemText(): <Problem extends Told>(problem: Problem) => Problem {
  const { t } = useTranslation('definition')
  return useCallback((problem) => problemText(problem, t), [t])
}

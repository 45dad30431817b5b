import { useTranslation } from 'react-i18next'

type Failure = { document: { title: string; status: number; code: string } }

/** What failed in a few words of the language of the screen. */
export function useProblemTitle(): (failure: Failure) => string {
  const { t, i18n } = useTranslation('ui')
  return ({ document: problem }) => {
    const known: unknown = i18n.getResource(i18n.language, 'ui', `problem.${problem.code}`)
    if (typeof known === 'string') return known
    return problem.title || t(problem.status === 0 ? 'error.unreachable' : 'error.unexpected')
  }
}

import { useTranslation } from 'react-i18next'

/** Who saved a version; what commands of the program saved is nobody's name. */
export function useAuthor(): (author: string) => string {
  const { t } = useTranslation('definition')
  return (author) => (author === 'command' ? t('by_command') : author)
}

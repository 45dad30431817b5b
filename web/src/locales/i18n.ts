import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** What the first page needs, and what all others do. */
const catalogues = {
  en: [() => import('./en'), () => import('./en/more')],
  'zh-CN': [() => import('./zh'), () => import('./zh/more')],
} as const

const remembered = 'rapport-language'

/** The language chosen here before, else the browser's. */
function firstLanguage(): Language {
  return document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en'
}

async function load(language: Language, part: 0 | 1): Promise<void> {
  if (i18next.hasResourceBundle(language, part === 0 ? 'app' : 'definition')) return
  const { catalogue } = await catalogues[language][part]()
  for (const [namespace, texts] of catalogue) {
    i18next.addResourceBundle(language, namespace, texts)
  }
}

/** The texts of all pages but the first; a page is shown when they are here. */
export function moreTexts(): Promise<void> {
  return load(i18next.language === 'zh-CN' ? 'zh-CN' : 'en', 1)
}

/** Switches every text, number and date, remembers it, and tells assistive software. */
export async function speak(language: Language): Promise<void> {
  await Promise.all([load(language, 0), load(language, 1)])
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  try {
    localStorage.setItem(remembered, language)
  } catch {
    // Storage may be blocked; the choice then lasts for this visit.
  }
}

/** Must be done before the first render. */
export async function startLanguages(language: Language = firstLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    contextSeparator: '::',
    defaultNS: 'app',
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  await load(language, 0)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

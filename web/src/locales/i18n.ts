import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

const catalogues = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh'),
}

const remembered = 'rapport-language'

/** The language chosen here before, else the browser's. */
function firstLanguage(): Language {
  return document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en'
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'app')) return
  const { catalogue } = await catalogues[language]()
  for (const [namespace, texts] of catalogue) {
    i18next.addResourceBundle(language, namespace, texts)
  }
}

/** Switches every text, number and date, remembers it, and tells assistive software. */
export async function speak(language: Language): Promise<void> {
  await load(language)
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
  await load(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

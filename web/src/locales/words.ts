import { useTranslation } from 'react-i18next'
import type words from './en/words.json'

export type WordList = keyof typeof words

/**
 * The word for a value the server sends (a channel, a state, a reason): translated where the
 * catalogue `words.json` knows it, otherwise the value itself made readable.
 */
export function useWord(): (list: WordList, value: string | null | undefined) => string {
  const { i18n } = useTranslation()
  return (list, value) => {
    if (!value) return '–'
    const known: unknown = i18n.getResource(i18n.language, 'words', `${list}.${value}`)
    if (typeof known === 'string') return known
    const readable = value.replaceAll('_', ' ')
    return readable.charAt(0).toUpperCase() + readable.slice(1)
  }
}

/** A text that authors give per language (`{en, zh}`), in the language of the screen. */
export function useOwnText(): (text: unknown) => string {
  const { i18n } = useTranslation()
  return (text) => {
    if (typeof text === 'string') return text
    if (text === null || typeof text !== 'object') return ''
    const texts = Object.entries(text).filter(([, one]) => typeof one === 'string' && one)
    const wanted = i18n.language.slice(0, 2)
    const found = texts.find(([language]) => language.slice(0, 2) === wanted) ?? texts[0]
    return found ? String(found[1]) : ''
  }
}

/** The name of an event in the language of the screen; what nobody translated stays as it is. */
export function useEventName(): (event: string) => string {
  const { i18n } = useTranslation()
  return (event) => {
    const known: unknown = i18n.getResource(i18n.language, 'words', `event.${event}`)
    return typeof known === 'string' ? known : event
  }
}

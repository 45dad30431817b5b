import type { CreativeShown } from './CreativeCard'

const placeholder = /\{\{\s*offer\.(code|attributes\.(\w+))\s*(?:\|\s*(percent|money)\s*)?\}\}/g

function written(value: unknown, form: string | undefined): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value)
  if (form === 'percent') return `${Math.round(value * 10_000) / 100} %`
  return form === 'money' ? (value / 100).toFixed(2) : String(value)
}

/** What stands for the code of a customer, in the language of the text that it stands in. */
const samples: Record<string, string> = { en: 'CODE', zh: '兑换码' }

/**
 * A creative with its placeholders filled in as customers meet it, a sample in the place of a code.
 * What the offer has no value for stays as it is written, so that it is seen.
 */
export function filled(
  creative: CreativeShown,
  attributes: Record<string, unknown>,
): CreativeShown {
  const code = samples[creative.language?.slice(0, 2) ?? ''] ?? samples.en
  const fill = (text: string | null | undefined) =>
    text?.replace(placeholder, (whole, name: string, key: string, form: string | undefined) => {
      if (name === 'code') return code ?? whole
      const value = attributes[key]
      return value === undefined || value === null ? whole : written(value, form)
    })
  const { title, text, link_url } = creative
  return { ...creative, title: fill(title), text: fill(text), link_url: fill(link_url) }
}

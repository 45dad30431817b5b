import { describe, expect, it } from 'vitest'

const files = import.meta.glob<object>('./{en,zh}/*.json', { eager: true, import: 'default' })

/** Every text of a catalogue by its full key. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => flat(one, path ? `${path}.${key}` : key))
}

const plural = /_(zero|one|two|few|many|other)$/
const placeholders = (text: string) => [...text.matchAll(/{{\s*([\w.]+)/g)].map((m) => m[1])

/** Keys without plural endings, each with the placeholders that may appear in it. */
function shape(catalogue: object | undefined): Map<string, string> {
  const shapes = new Map<string, Set<string>>()
  for (const [key, text] of flat(catalogue)) {
    const name = key.replace(plural, '')
    const known = shapes.get(name) ?? new Set()
    for (const one of placeholders(text)) known.add(one ?? '')
    shapes.set(name, known)
  }
  return new Map([...shapes].map(([key, names]) => [key, [...names].sort().join(' ')]))
}

const namespaces = [...new Set(Object.keys(files).map((file) => file.replace(/^.*\//, '')))]

describe.each(namespaces)('%s', (name) => {
  it('says the same things with the same placeholders in both languages', () => {
    const en = shape(files[`./en/${name}`])
    const zh = shape(files[`./zh/${name}`])
    expect(Object.fromEntries(zh)).toEqual(Object.fromEntries(en))
  })

  it('has no empty text, and no Chinese in English', () => {
    for (const [key, text] of flat(files[`./en/${name}`])) {
      expect(text, key).not.toBe('')
      if (key !== 'language.zh-CN') expect(text, key).not.toMatch(/[\u4e00-\u9fff]/)
    }
    for (const [key, text] of flat(files[`./zh/${name}`])) expect(text, key).not.toBe('')
  })
})

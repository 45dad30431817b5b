const files = import.meta.glob<object>('./*.json', { eager: true, import: 'default' })

/** Every namespace of this language, by name. */
export const catalogue: [string, object][] = Object.entries(files).map(([file, texts]) => [
  file.replace(/^.*\/|\.json$/g, ''),
  texts,
])

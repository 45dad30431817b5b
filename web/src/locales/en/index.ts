const files = import.meta.glob<object>('./{app,today,ui,words}.json', {
  eager: true,
  import: 'default',
})

/** The namespaces that the first page needs, by name. */
export const catalogue: [string, object][] = Object.entries(files).map(([file, texts]) => [
  file.replace(/^.*\/|\.json$/g, ''),
  texts,
])

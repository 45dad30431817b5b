const files = import.meta.glob<object>(['./*.json', '!./{app,today,ui,words}.json'], {
  eager: true,
  import: 'default',
})

/** The namespaces of all other pages, by name. */
export const catalogue: [string, object][] = Object.entries(files).map(([file, texts]) => [
  file.replace(/^.*\/|\.json$/g, ''),
  texts,
])

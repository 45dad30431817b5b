import type { AnyBody, Kind } from './definitions'

export type DefinitionFile = { path: string; body: AnyBody }

/** Hands a text to the browser as a file to keep. */
export function download(name: string, content: unknown): void {
  const text = `${JSON.stringify(content, null, 2)}\n`
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

function isObject(value: unknown): value is AnyBody {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Reads one body from a file; throws a `SyntaxError` if it is not JSON. */
export async function readBody(file: File): Promise<AnyBody | null> {
  const value: unknown = JSON.parse(await file.text())
  return isObject(value) ? value : null
}

/** Reads an export of several definitions, or one body that is named like its file. */
export async function readFiles(kind: Kind, file: File): Promise<DefinitionFile[]> {
  const value: unknown = JSON.parse(await file.text())
  if (!isObject(value)) return []
  if (!Array.isArray(value.files)) {
    return [{ path: `${kind}/${file.name.replace(/\.json$/, '')}.json`, body: value }]
  }
  return value.files.flatMap((one: unknown) => {
    if (!isObject(one) || typeof one.path !== 'string' || !isObject(one.body)) return []
    return [{ path: one.path, body: one.body }]
  })
}

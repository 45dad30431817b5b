import { csrfHeader } from './client'
import { Problem } from './problem'

/** Sends a file and tells how much of it is gone; `fetch` cannot do that. */
export function upload<Answer>(
  address: string,
  file: Blob,
  { progress, signal }: { progress: (share: number) => void; signal: AbortSignal },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onerror = () => reject(Problem.of(new Error('')))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText))
      else Problem.from(new Response(request.responseText, { status: request.status })).then(reject)
    }
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

import { lazy, Suspense } from 'react'
import type { CodeEditorProps } from './CodeMirror'
import { Skeleton } from './Skeleton'

export type { CodeMark } from './CodeMirror'
export type { CodeWord } from './completions'

const CodeMirror = lazy(() => import('./CodeMirror'))

/** A text for the practised: coloured, with marks at its lines. Loaded when it is first shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <CodeMirror {...props} />
    </Suspense>
  )
}

import { autocompletion, type CompletionSource, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { xml } from '@codemirror/lang-xml'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import classes from './CodeMirror.module.css'
import { type CodeWord, completions } from './completions'

/** Something to say about a line, or a part of it; line and column are counted from 1. */
export type CodeMark = {
  line: number
  column?: number
  length?: number
  message: string
  hint?: string | null
}

export type CodeEditorProps = {
  label: string
  language: 'json' | 'mjml' | 'text'
  value: string
  onChange: (value: string) => void
  marks?: CodeMark[]
  /** What is offered while one types. */
  words?: CodeWord[]
  readOnly?: boolean
  lineNumbers?: boolean
  height?: string
  path?: string
}

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.propertyName], color: 'var(--ours)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--theirs)' },
  { tag: [tags.number, tags.bool, tags.null, tags.attributeName], color: 'var(--action)' },
  { tag: tags.comment, color: 'var(--ink-soft)' },
])

const look = EditorView.theme({
  '&': { fontSize: '13px', backgroundColor: 'var(--surface)', height: '100%' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--sunken)',
    color: 'var(--ink-soft)',
    border: 'none',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--action) 7%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--action-soft)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--action-soft)',
    color: 'var(--ink)',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
})

function extensions(
  props: CodeEditorProps,
  changed: (text: string) => void,
  words: () => CodeWord[],
): Extension[] {
  const languages = { json: json(), mjml: xml(), text: [] }
  return [
    props.lineNumbers === false ? [] : lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    indentOnInput(),
    syntaxHighlighting(colours),
    languages[props.language],
    lintGutter(),
    props.words ? autocompletion({ override: [offered(words)], icons: false }) : [],
    // Tab leaves the editor, so that a keyboard is never caught in it.
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    look,
    EditorView.contentAttributes.of({ 'aria-label': props.label, tabindex: '0' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString())
    }),
  ]
}

const offered =
  (words: () => CodeWord[]): CompletionSource =>
  (context) => {
    const { from, options, begun } = completions(context.state.sliceDoc(0, context.pos), words())
    return begun || context.explicit ? { from, options } : null
  }

function diagnostics(state: EditorState, marks: CodeMark[]): Diagnostic[] {
  return marks.map((mark) => {
    const line = state.doc.line(Math.min(Math.max(mark.line, 1), state.doc.lines))
    const message = mark.hint ? `${mark.message}\n${mark.hint}` : mark.message
    const from = Math.min(line.from + (mark.column ?? 1) - 1, line.to)
    const to = mark.length === undefined ? line.to : Math.min(from + mark.length, line.to)
    return { from, to, severity: 'error', message }
  })
}

export default function CodeMirror(props: CodeEditorProps) {
  const { value, marks, readOnly = false, height = '420px' } = props
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const now = useRef(props)
  const lock = useRef(new Compartment())
  useEffect(() => {
    now.current = props
  })

  useEffect(() => {
    if (!place.current) return
    const first = now.current
    const locked = lock.current.of(EditorState.readOnly.of(first.readOnly ?? false))
    const editor = new EditorView({
      parent: place.current,
      doc: first.value,
      extensions: [
        extensions(
          first,
          (text) => now.current.onChange(text),
          () => now.current.words ?? [],
        ),
        locked,
      ],
    })
    view.current = editor
    return () => editor.destroy()
  }, [])

  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  useEffect(() => {
    view.current?.dispatch({
      effects: lock.current.reconfigure(EditorState.readOnly.of(readOnly)),
    })
  }, [readOnly])

  useEffect(() => {
    const editor = view.current
    if (editor)
      editor.dispatch(setDiagnostics(editor.state, diagnostics(editor.state, marks ?? [])))
  }, [marks])

  return <div ref={place} className={classes.editor} style={{ height }} data-path={props.path} />
}

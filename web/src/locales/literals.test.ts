import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const sources = import.meta.glob<string>('../**/*.tsx', {
  eager: true,
  query: '?raw',
  import: 'default',
})

const spoken = new Set(['label', 'title', 'placeholder', 'alt', 'aria-label', 'description'])

/** Texts that a person would read and that are not taken from the catalogues. */
function literals(source: string): string[] {
  const file = ts.createSourceFile('x.tsx', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found: string[] = []
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(node.text.trim())
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer)) {
      const name = node.name.getText()
      if (spoken.has(name) && /\p{L}/u.test(node.initializer.text))
        found.push(node.initializer.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

describe('texts', () => {
  it('finds a literal text and a literal label', () => {
    expect(literals('const a = <p title="Hi">Hello {name}</p>')).toEqual(['Hi', 'Hello'])
    expect(literals('const a = <p title={t("x")}>{t("y")} · </p>')).toEqual([])
  })

  const screens = Object.entries(sources).filter(([file]) => !file.endsWith('.test.tsx'))

  it.each(screens)('%s takes every text from the catalogues', (_file, source) => {
    expect(literals(source)).toEqual([])
  })
})

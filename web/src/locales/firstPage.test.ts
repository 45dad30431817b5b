import ts from 'typescript'
import { expect, it } from 'vitest'
import { catalogue } from './en'

const sources = import.meta.glob<string>('../**/*.{ts,tsx}', {
  eager: true,
  query: '?raw',
  import: 'default',
})

/** The file that a relative import means. */
function fileOf(from: string, name: string): string | undefined {
  const path = new URL(name, `file:///src/locales/${from}`).pathname.replace(/^\/src\//, '../')
  const places = ['.ts', '.tsx', '/index.ts'].map((end) => path + end)
  return places.map((one) => one.replace('../locales/', './')).find((one) => one in sources)
}

/** What a file imports at once, and the namespaces that it speaks from. */
function read(source: string): { imports: string[]; namespaces: string[] } {
  const file = ts.createSourceFile('x.tsx', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const imports: string[] = []
  const namespaces: string[] = []
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly)
      imports.push((node.moduleSpecifier as ts.StringLiteral).text)
    if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      imports.push((node.moduleSpecifier as ts.StringLiteral).text)
    if (ts.isCallExpression(node) && node.expression.getText() === 'useTranslation')
      namespaces.push(...(node.arguments[0]?.getText().match(/\w+/g) ?? []))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { imports, namespaces }
}

it('says nothing on the first page and around it that comes only with the other pages', () => {
  const known = new Set(catalogue.map(([name]) => name))
  const roots = Object.keys(sources).filter(
    (file) => /^\.\.\/(main|app\/\w+|today\/\w+)\.tsx$/.test(file) && !file.includes('.test.'),
  )
  const seen = new Set<string>()
  const lacking: string[] = []
  const follow = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const { imports, namespaces } = read(sources[file] ?? '')
    for (const name of namespaces) if (!known.has(name)) lacking.push(`${file}: ${name}`)
    for (const name of imports.filter((one) => one.startsWith('.'))) {
      const next = fileOf(file, name)
      if (next) follow(next)
    }
  }
  for (const root of roots) follow(root)
  expect(seen.size).toBeGreaterThan(30)
  expect(lacking).toEqual([])
})

/** Something that a text can name, and the texts it can be compared with. */
export type CodeWord = { name: string; values: string[] }

export type Completions = {
  from: number
  options: { label: string; apply: string }[]
  /** Whether something was begun, so that it is offered unasked. */
  begun: boolean
}

/** What can follow a text: within quotation marks a value of what was named last, else a name. */
export function completions(before: string, words: CodeWord[]): Completions {
  const outside = before.replace(/"[^"]*"/g, (text) => ' '.repeat(text.length))
  const opening = outside.indexOf('"')
  if (opening < 0) {
    const from = before.search(/\w*$/)
    const options = words.map(({ name }) => ({ label: name, apply: name }))
    return { from, options, begun: from < before.length }
  }
  const names = outside.slice(0, opening).match(/\w+/g) ?? []
  const last = names.findLast((name) => words.some((word) => word.name === name))
  const values = words.find((word) => word.name === last)?.values ?? []
  return {
    from: opening + 1,
    options: values.map((value) => ({ label: value, apply: `${value}"` })),
    begun: true,
  }
}

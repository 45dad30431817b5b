/** Forms that have an id or a name: started, which field was done, submitted. Values stay here. */
export function followForms(track: (event: string, properties: object) => void): void {
  const started = new WeakSet<Element>()
  const follow = (event: Event) => {
    const field = event.target as HTMLInputElement
    const form = event.type === 'submit' ? (event.target as Element) : field.form
    const form_id = form?.getAttribute('id') || form?.getAttribute('name')
    if (!form || !form_id) return
    if (!started.has(form)) {
      started.add(form)
      track('Form Started', { form_id })
    }
    const step = field.name || field.id
    if (event.type === 'submit') track('Form Submitted', { form_id })
    else if (step) track('Form Stepped', { form_id, step })
  }
  for (const name of ['change', 'submit']) document.addEventListener(name, follow, true)
}

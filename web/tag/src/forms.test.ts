import { followForms } from './forms'

test('a form is started once, tells which field was done, and never a value', () => {
  document.body.innerHTML =
    '<form id="news"><input name="email"><input id="city"></form><form><input name="x"></form>'
  const told: [string, object][] = []
  followForms((event, properties) => told.push([event, properties]))
  const fields = [...document.querySelectorAll('input')]
  for (const field of fields) {
    field.value = 'secret'
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
  document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true }))
  expect(told).toEqual([
    ['Form Started', { form_id: 'news' }],
    ['Form Stepped', { form_id: 'news', step: 'email' }],
    ['Form Stepped', { form_id: 'news', step: 'city' }],
    ['Form Submitted', { form_id: 'news' }],
  ])
})

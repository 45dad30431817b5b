// What every Node client sends: one list of events, and what the memory must hold afterwards.

export const address = process.env.TARGET_ADDRESS
export const key = process.env.TARGET_KEY
const count = Number(process.env.EVENTS ?? 250)
const prefix = process.env.PREFIX

export const unicode = 'Zażółć gęślą jaźń 你好 🎁 “quoted” \\ \u2028 end'

/** Calls `send(kind, user, number)` for every event and prints what was sent. */
export async function play(kinds, send) {
  for (let number = 0; number < count; number++) {
    const kind = kinds[number % kinds.length]
    const user = `${prefix}-żółw-${number % 7}`
    const marker = `${prefix}#${number}`
    await send(kind, user, marker, number)
    console.log(JSON.stringify({ user, kind, marker }))
  }
}

export const previous = (number) => `${prefix}-before-${String(number).padStart(4, '0')}`

// A picture of each product in two strokes: its kind in ink blue, a detail of its own in amber.

const shapes = {
  bags: ['M26 40h44l4 38H22zM36 40v-6a12 12 0 0 1 24 0v6', 48, 60],
  christmas: ['M48 16 30 40h10L24 62h18v14h12V62h18L56 40h10z', 48, 52],
  decoration: ['M48 80C20 60 16 44 24 34s20-6 24 6c4-12 16-16 24-6s4 26-24 46z', 48, 54],
  garden: ['M30 52h36l-5 28H35zM48 52V28M48 40c-14 0-16-8-16-14 10 0 16 4 16 14z', 60, 30],
  jewellery: ['M22 26c0 40 52 40 52 0M48 56l-9 10 9 14 9-14z', 48, 38],
  kitchen: [
    'M24 34h40v28a14 14 0 0 1-14 14H38a14 14 0 0 1-14-14zM64 40h6a8 8 0 0 1 0 18h-6',
    44,
    56,
  ],
  lighting: ['M36 46h24v34H36zM48 46v-8M48 38c-8-8-2-14 0-20 2 6 8 12 0 20z', 48, 64],
  stationery: ['M28 20h32l12 12v46H28zM60 20v12h12M36 44h28', 48, 60],
  toys: ['M24 50h22v26H24zM50 50h22v26H50zM37 22h22v26H37z', 48, 36],
}

const details = [
  (x, y) => `M${x - 7} ${y}a7 7 0 1 0 14 0a7 7 0 1 0-14 0`,
  (x, y) => `M${x - 9} ${y + 3}c3-8 6-8 9 0s6 8 9 0`,
  (x, y) => `M${x} ${y + 7}c-14-8-8-16 0-9 8-7 14 1 0 9z`,
  (x, y) => `M${x - 8} ${y}h16M${x} ${y - 8}v16`,
  (x, y) => `M${x - 8} ${y + 6} ${x} ${y - 8}l8 14z`,
  (x, y) => `M${x - 9} ${y - 4}h18M${x - 9} ${y + 4}h18`,
]

const namespace = 'http://www.w3.org/2000/svg'

function element(name, attributes) {
  const made = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/** The same product always looks the same. */
export function drawing({ product_id, category }) {
  const number = [...product_id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0
  const [shape, x, y] = shapes[category]
  const svg = element('svg', { viewBox: '0 0 96 96', class: 'drawing', 'aria-hidden': 'true' })
  const group = element('g', { transform: `rotate(${(number % 13) - 6} 48 48)` })
  group.append(
    element('path', { class: 'ours', d: shape }),
    element('path', { class: 'theirs', d: details[number % details.length](x, y) }),
  )
  svg.append(group)
  return svg
}

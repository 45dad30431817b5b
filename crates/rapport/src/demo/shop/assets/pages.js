// The pages' own parts, chosen by the address.

import { add, applyCoupon, cart, contents, described, order, remove, sums } from './cart.js'
import { address, identify, signOut } from './customer.js'
import { drawing } from './drawings.js'
import { money, text } from './texts.js'
import { till } from './till.js'

const $ = (selector) => document.querySelector(selector)
const [, , page = '', id = ''] = location.pathname.split('/')
const told = new Set()

/** Tells Rapport once per page, however often it is drawn again. */
function tell(event, properties) {
  if (told.has(event)) return
  told.add(event)
  rapport.track(event, properties)
}

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

const tile = (product) =>
  make(
    'li',
    {},
    make(
      'a',
      { href: `/shop/product/${product.product_id}` },
      drawing(product),
      make('span', { textContent: product.name }),
      make('strong', { textContent: money(product.price_cents) }),
    ),
  )

const fill = (list, products) => $(list).replaceChildren(...products.map(tile))

export function show(products, changed) {
  const all = [...products.values()]
  const draw = pages[page] ?? home
  draw({ products, all, changed })
}

function home({ all }) {
  const categories = [...new Set(all.map((one) => one.category))].sort()
  $('#category-tiles').replaceChildren(
    ...categories.map((category) =>
      make(
        'li',
        {},
        make(
          'a',
          { href: `/shop/category/${category}` },
          drawing({ product_id: category, category }),
          make('span', { textContent: text(category) }),
        ),
      ),
    ),
  )
  fill('#products', favourites(all, 8))
}

/** The most ordered products, one of each category first. */
function favourites(all, count) {
  const first = new Map()
  for (const product of all) if (!first.has(product.category)) first.set(product.category, product)
  return [...first.values()].slice(0, count)
}

function category({ all }) {
  $('#title').textContent = text(id) ?? id
  const shown = all.filter((one) => one.category === id)
  fill('#products', shown)
  tell('Product List Viewed', {
    list_id: id,
    category: id,
    products: shown.slice(0, 8).map((one) => described(one)),
  })
}

function product({ products, all, changed }) {
  const shown = products.get(id)
  if (!shown) {
    $('#title').textContent = text('notFound')
    $('#add').hidden = true
    return
  }
  $('#picture').replaceChildren(drawing(shown))
  $('#title').textContent = shown.name
  $('#category').textContent = text(shown.category)
  $('#category').href = `/shop/category/${shown.category}`
  $('#price').textContent = money(shown.price_cents)
  $('#code').textContent = shown.product_id
  $('#add').onsubmit = (event) => {
    event.preventDefault()
    add(shown, Number(new FormData(event.target).get('quantity')), products)
    changed()
    $('#added').replaceChildren(
      `${text('added')} `,
      make('a', { href: '/shop/cart', textContent: text('cartTitle') }),
    )
  }
  const same = all.filter((one) => one.category === shown.category && one !== shown)
  fill('#products', same.slice(0, 6))
  tell('Product Viewed', { ...described(shown), currency: 'GBP' })
}

function cell(name, content, properties = {}) {
  return make(name, properties, content)
}

/** The cart as a table; with buttons where it can still be changed. */
function lines(products, whenRemoved) {
  const current = cart()
  const rows = current.lines.flatMap(({ product_id, quantity }) => {
    const one = products.get(product_id)
    if (!one) return []
    const button = make('button', {
      type: 'button',
      className: 'link',
      textContent: text('remove'),
      ariaLabel: `${text('remove')}: ${one.name}`,
      onclick: () => whenRemoved(one),
    })
    return [
      make(
        'tr',
        {},
        cell('th', make('a', { href: `/shop/product/${product_id}`, textContent: one.name }), {
          scope: 'row',
        }),
        cell('td', String(quantity)),
        cell('td', money(one.price_cents * quantity)),
        ...(whenRemoved ? [cell('td', button)] : []),
      ),
    ]
  })
  const { discount_cents, shipping_cents, total_cents } = sums(current, products)
  const sum = (name, value) =>
    make(
      'tr',
      {},
      cell('th', name, { scope: 'row', colSpan: 2 }),
      cell('td', value),
      ...(whenRemoved ? [cell('td', '')] : []),
    )
  const foot = [
    ...(discount_cents ? [sum(`${text('coupon')} ${current.coupon}`, money(-discount_cents))] : []),
    sum(text('delivery'), shipping_cents ? money(shipping_cents) : text('free')),
    sum(text('total'), make('strong', { textContent: money(total_cents) })),
  ]
  const head = ['product', 'quantity', 'price'].map((key) =>
    cell('th', text(key), { scope: 'col' }),
  )
  if (whenRemoved) head.push(cell('td', ''))
  return make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...rows),
    make('tfoot', {}, ...foot),
  )
}

function cartPage({ products, changed }) {
  applyCoupon(new URLSearchParams(location.search).get('coupon'))
  const draw = () => {
    if (!cart().lines.length) {
      $('#lines').replaceChildren(make('p', { textContent: text('cartEmpty') }))
      return
    }
    const whenRemoved = (one) => {
      remove(one, products)
      changed()
      draw()
      rapport.refresh()
      $('#main').focus()
    }
    const go = make('a', {
      className: 'button',
      href: '/shop/checkout',
      textContent: text('checkout'),
    })
    $('#lines').replaceChildren(lines(products, whenRemoved), make('p', {}, go))
  }
  draw()
  if (cart().lines.length) tell('Cart Viewed', contents(cart(), products))
}

function checkout({ products }) {
  if (!cart().lines.length) return location.replace('/shop/cart')
  $('#lines').replaceChildren(lines(products))
  const form = $('#order')
  if (address() && !form.email.value) form.email.value = address()
  form.onsubmit = (event) => {
    event.preventDefault()
    const entered = new FormData(form)
    identify(entered.get('email'), { name: entered.get('name') })
    if (entered.get('marketing')) rapport.consent({ email: true })
    const number = order(products)
    location.assign(`/shop/thanks/${number}`)
  }
  tell('Checkout Started', contents(cart(), products))
}

function thanks({ all }) {
  $('#number').textContent = id
  fill('#products', favourites(all, 6))
}

function signIn({ changed }) {
  const draw = () => {
    $('#signed-in').hidden = !address()
    $('#sign-in').hidden = Boolean(address())
    $('#address').textContent = address() ?? ''
    $('#known').hidden = Boolean(address()) || !shopCustomers.length
    changed()
  }
  const enter = (email) => {
    identify(email)
    draw()
    $('#main').focus()
  }
  $('#sign-in').onsubmit = (event) => {
    event.preventDefault()
    enter(new FormData(event.target).get('email'))
  }
  $('#sign-out').onclick = () => {
    signOut()
    draw()
    $('#main').focus()
  }
  $('#customers').replaceChildren(
    ...shopCustomers.map(({ email, orders, language, mail }) => {
      const button = make('button', { type: 'button', className: 'quiet', textContent: email })
      button.onclick = () => enter(email)
      const about = `${orders} ${text('orders')} · ${text(`reads_${language}`)} · ${text(mail)}`
      return make('li', { className: 'row' }, button, make('span', { className: 'soft' }, about))
    }),
  )
  draw()
}

const pages = { category, product, cart: cartPage, checkout, thanks, till, 'sign-in': signIn }

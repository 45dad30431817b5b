// Every page: the tag, language, consent, header; then the page's own part.

import { cart } from './cart.js'
import { address, choose, startTag } from './customer.js'
import { show } from './pages.js'
import { language, text, translate } from './texts.js'

const $ = (selector) => document.querySelector(selector)
const root = document.documentElement

startTag()
const products = new Map(
  (await (await fetch('/shop/products.json')).json()).map((one) => [one.product_id, one]),
)

function showHeader() {
  translate()
  for (const link of document.querySelectorAll('#categories a'))
    if (link.pathname === location.pathname) link.ariaCurrent = 'page'
  const count = cart().lines.reduce((sum, line) => sum + line.quantity, 0)
  $('#cart-count').textContent = count ? `(${count})` : ''
  $('#who').textContent = text(address() ? 'account' : 'signIn')
  const other = language() === 'zh' ? ['en', 'English'] : ['zh-CN', '中文']
  $('#language').lang = other[0]
  $('#language').textContent = other[1]
}

function showAll() {
  showHeader()
  show(products, showHeader)
  document.title = `${$('h1').textContent} · ${text('name')}`
}

$('#language').addEventListener('click', () => {
  root.lang = $('#language').lang
  localStorage.setItem('shop_language', root.lang)
  showAll()
  rapport.refresh() // offers in the new language
})
for (const button of document.querySelectorAll('[data-consent][type=button]'))
  button.addEventListener('click', () => {
    choose(button.dataset.consent)
    $('#main').focus()
  })
$('#privacy').addEventListener('click', () => {
  root.dataset.consent = 'open'
  $('.consent button').focus()
})

showAll()
root.dataset.ready = 'yes' // shown when complete, so that nothing moves

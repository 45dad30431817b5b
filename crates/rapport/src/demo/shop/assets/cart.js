// The cart lives in the browser; what happens with it is told to Rapport.

const key = 'shop_cart'
const free_delivery_cents = 3000
const delivery_cents = 395
export const coupons = { TENPERCENT: { share: 0.1 }, FREEDELIVERY: { delivery: true } }

export function cart() {
  const stored = JSON.parse(localStorage.getItem(key) ?? 'null')
  return (
    stored ?? { cart_id: `cart_${crypto.getRandomValues(new Uint32Array(2)).join('')}`, lines: [] }
  )
}

const keep = (changed) => localStorage.setItem(key, JSON.stringify(changed))

export const described = (product, quantity) => ({
  product_id: product.product_id,
  name: product.name,
  category: product.category,
  price: product.price_cents / 100,
  ...(quantity && { quantity }),
  url: `${location.origin}/shop/product/${product.product_id}`,
})

const withIds = ({ cart_id }) => ({ cart_id, currency: 'GBP' })

/** The whole cart after a change, so that a mail about it shows what is really in it. */
function tellCart(changed, products) {
  const { cart_id } = changed
  if (changed.lines.length) rapport.track('Cart Updated', contents(changed, products))
  else rapport.track('Cart Emptied', { cart_id })
}

export function add(product, quantity, products) {
  const changed = cart()
  const line = changed.lines.find((one) => one.product_id === product.product_id)
  if (line) line.quantity += quantity
  else changed.lines.push({ product_id: product.product_id, quantity })
  keep(changed)
  rapport.track('Product Added', { ...withIds(changed), ...described(product, quantity) })
  tellCart(changed, products)
}

export function remove(product, products) {
  const changed = cart()
  const gone = changed.lines.find((one) => one.product_id === product.product_id)
  changed.lines = changed.lines.filter((one) => one !== gone)
  keep(changed)
  rapport.track('Product Removed', { ...withIds(changed), ...described(product, gone?.quantity) })
  tellCart(changed, products)
}

export function applyCoupon(coupon) {
  const changed = cart()
  if (!coupons[coupon] || changed.coupon === coupon) return
  keep({ ...changed, coupon })
  rapport.track('Coupon Applied', { ...withIds(changed), coupon_id: coupon })
}

/** What the cart costs, in pence. */
export function sums({ lines, coupon }, products) {
  const goods_cents = lines.reduce((sum, line) => {
    return sum + line.quantity * (products.get(line.product_id)?.price_cents ?? 0)
  }, 0)
  const discount_cents = Math.round(goods_cents * (coupons[coupon]?.share ?? 0))
  const free = goods_cents >= free_delivery_cents || coupons[coupon]?.delivery || !goods_cents
  const shipping_cents = free ? 0 : delivery_cents
  const total_cents = goods_cents - discount_cents + shipping_cents
  return { goods_cents, discount_cents, shipping_cents, total_cents }
}

/** The properties of the events about the whole cart. */
export function contents(current, products) {
  const { discount_cents, shipping_cents, total_cents } = sums(current, products)
  return {
    ...withIds(current),
    value: total_cents / 100,
    shipping: shipping_cents / 100,
    discount: discount_cents / 100,
    ...(current.coupon && { coupon: current.coupon }),
    products: current.lines
      .filter((line) => products.has(line.product_id))
      .map((line) => described(products.get(line.product_id), line.quantity)),
  }
}

export function order(products) {
  const current = cart()
  const { value, ...rest } = contents(current, products)
  const order_id = `W${Math.floor(crypto.getRandomValues(new Uint32Array(1))[0] / 43)}`
  rapport.track('Order Completed', { order_id, total: value, ...rest })
  localStorage.removeItem(key)
  return order_id
}

// Walks through the UI with keys only, as somebody without a mouse does. Part of `npm run e2e`.

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return { tag: element?.tagName ?? '', text: (element?.textContent ?? '').trim().slice(0, 40) }
  })

async function wait(page, what, test, given) {
  try {
    await page.waitForFunction(test, given)
  } catch {
    const { tag, text } = await focused(page)
    throw new Error(`keyboard: ${what}; the focus is on ${tag} “${text}” of ${page.url()}`)
  }
}

/** The page is there when its heading has the focus; the address changes before. */
const arrived = (page, path) =>
  wait(
    page,
    `${path} has arrived`,
    (path) => {
      const arrived = window.__TSR_ROUTER__.state.resolvedLocation?.pathname ?? ''
      return arrived.startsWith(path) && document.activeElement?.tagName === 'H1'
    },
    path,
  )

/** The nth row has the focus, or something in it. */
const onRow = (page, place) =>
  wait(
    page,
    `row ${place + 1} has the focus`,
    (place) => {
      const row = document.querySelectorAll('[data-row]')[place]
      return row?.contains(document.activeElement)
    },
    place,
  )

/** Throws at the first step that keys cannot do. */
export async function walkByKeyboard(page, url) {
  await page.goto(url)
  await page.waitForSelector('h1')
  await page.keyboard.press('Tab')
  const skip = await focused(page)
  if (skip.tag !== 'A' || !skip.text.includes('Skip')) {
    throw new Error(`keyboard: the first Tab reaches ${skip.tag} “${skip.text}”, not the skip link`)
  }
  await page.keyboard.press('Control+k')
  await page.waitForSelector('[role=dialog] input')
  await page.keyboard.type('Customers')
  await wait(page, 'the palette finds Customers', () =>
    document.querySelector('[data-action][data-selected]')?.textContent?.startsWith('Customers'),
  )
  await page.keyboard.press('Enter')
  await arrived(page, '/customers')
  await page.waitForSelector('[data-row]')
  for (const [key, row] of [
    ['j', 0],
    ['j', 1],
    ['k', 0],
  ]) {
    await page.keyboard.press(key)
    await onRow(page, row)
  }
  await page.keyboard.press('Enter')
  await arrived(page, '/customers/cus_')
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await arrived(page, '/decisions')
  await page.waitForSelector('[data-shortcut="/"]')
  await page.keyboard.press('/')
  await wait(page, '/ goes to the search', () => document.activeElement?.tagName === 'INPUT')
  // These letters would lead to Journeys; in a field they are a search, which is on its way to
  // the address as soon as it has been typed.
  await page.keyboard.type('gj')
  await wait(page, 'typing searches', () => location.search === '?customer=gj')
  await wait(page, 'typing fires no shortcut', () => location.pathname === '/decisions')
  await page.locator('h1').focus()
  await page.keyboard.press('?')
  await page.waitForSelector('[role=dialog] [role=switch]')
  await page.locator('[role=dialog] [role=switch]').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[role=dialog]', { state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('t')
  // Where the router is on its way to, which it knows before the page comes.
  const goal = await page.evaluate(() => window.__TSR_ROUTER__.latestLocation.pathname)
  if (goal !== '/decisions') throw new Error('keyboard: shortcuts stay switched off')
}

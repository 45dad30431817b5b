// Walks through the UI with keys only, as somebody without a mouse does. Part of `npm run e2e`.

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return { tag: element?.tagName ?? '', text: (element?.textContent ?? '').trim() }
  })

async function wait(page, what, test) {
  try {
    await page.waitForFunction(test, null, { timeout: 5_000 })
  } catch {
    throw new Error(`keyboard: ${what}`)
  }
}

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
  await page.waitForTimeout(300)
  await page.keyboard.press('Enter')
  await wait(page, 'the palette opens Customers', () => location.pathname === '/customers')
  await wait(page, 'the h1 has the focus', () => document.activeElement?.tagName === 'H1')
  await page.waitForSelector('[data-row]')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await wait(page, 'Enter opens the row', () => /^\/customers\/cus_/.test(location.pathname))
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await wait(page, 'g d goes to Decisions', () => location.pathname === '/decisions')
  await page.waitForSelector('[data-shortcut="/"]')
  await page.keyboard.press('/')
  await wait(page, '/ goes to the search', () => document.activeElement?.tagName === 'INPUT')
  await page.keyboard.type('gd')
  await page.waitForTimeout(400)
  if (!page.url().includes('customer=gd')) throw new Error('keyboard: typing fires no shortcut')
  await page.locator('h1').focus()
  await page.keyboard.press('?')
  await page.waitForSelector('[role=dialog] [role=switch]')
  await page.locator('[role=dialog] [role=switch]').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[role=dialog]', { state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('t')
  await page.waitForTimeout(300)
  if (!page.url().includes('/decisions')) throw new Error('keyboard: shortcuts stay switched off')
}

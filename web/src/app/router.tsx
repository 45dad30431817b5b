import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { moreTexts } from '../locales/i18n'
import { Crashed, NotFound } from './Lost'
import { screens } from './navigation'
import { Shell } from './Shell'
import type { Screen } from './screens'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

async function withTexts(screen: Screen) {
  const [page] = await Promise.all([screen.page(), screen.path === '/' ? null : moreTexts()])
  return page
}

const routes = screens.map((screen) =>
  createRoute({
    getParentRoute: () => root,
    path: screen.path,
    component: lazyRouteComponent(() => withTexts(screen)),
    staticData: { permission: screen.permission },
  }),
)

// The doors stand at every address; whoever is in already goes on to the first page.
const doors = ['/setup', '/sign-in'].map((path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    beforeLoad: () => {
      throw redirect({ to: '/' })
    },
  }),
)

/** Plain strings both ways, because people share these addresses. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

export const router = createRouter({
  routeTree: root.addChildren([...routes, ...doors]),
  defaultPreload: 'intent',
  defaultErrorComponent: Crashed,
  defaultPendingMs: 150,
  scrollRestoration: true,
  parseSearch,
  stringifySearch,
})

import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router'
import { render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { spokenTheme } from '../ui/theme'

/** Renders something inside everything it may need; waits until it is there. */
export async function show(element: ReactNode, path = '/') {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const router = createRouter({
    routeTree: createRootRoute({
      component: () => <div data-testid="shown">{element}</div>,
      notFoundComponent: () => null,
    }),
    history: createMemoryHistory({ initialEntries: [path] }),
  })
  const result = render(
    <QueryClientProvider client={queries}>
      <MantineProvider theme={spokenTheme({ close: 'Close', show: 'Show' })} env="test">
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  )
  await screen.findByTestId('shown')
  return { ...result, router, queries }
}

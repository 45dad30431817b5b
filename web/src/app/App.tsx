import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Suspense, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { onSignedOut } from '../api/client'
import { Problem } from '../api/problem'
import { query } from '../api/query'
import { sessionQuery } from '../api/session'
import { cssVariablesResolver, spokenTheme } from '../ui/theme'
import { DoorError } from './Door'
import { fetchSignIn, Notices, SetupPage, SignInPage } from './later'
import { router } from './router'

const schemes = localStorageColorSchemeManager({ key: 'rapport-scheme' })

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => {
          const { status } = Problem.of(error)
          return (status === 0 || status >= 500) && count < 2
        },
      },
    },
  })
}

export function App() {
  const [queries] = useState(newQueryClient)
  const { t } = useTranslation(['ui', 'app'])
  const spoken = useMemo(() => spokenTheme({ close: t('close'), show: t('app:sign_in.show') }), [t])
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={spoken}
        cssVariablesResolver={cssVariablesResolver}
        colorSchemeManager={schemes}
        defaultColorScheme="auto"
      >
        <Suspense>
          <Notices />
        </Suspense>
        <Door />
      </MantineProvider>
    </QueryClientProvider>
  )
}

/** Lets in whoever is signed in; the address stays, so that one arrives where one wanted to go. */
function Door() {
  const queries = useQueryClient()
  const session = useQuery(sessionQuery)
  const setup = useQuery({ ...query('/api/setup'), enabled: session.data === null })
  useEffect(() => onSignedOut(() => queries.setQueryData(sessionQuery.queryKey, null)), [queries])
  const out = session.data === null
  useEffect(() => (out ? fetchSignIn() : undefined), [out])
  if (session.data) return <RouterProvider router={router} />
  const error = session.error ?? setup.error
  if (error) {
    const retry = () => (session.error ? session.refetch() : setup.refetch())
    return <DoorError error={Problem.of(error)} retry={retry} />
  }
  if (session.isPending || setup.isPending) return null
  return <Suspense>{setup.data?.needed ? <SetupPage /> : <SignInPage />}</Suspense>
}

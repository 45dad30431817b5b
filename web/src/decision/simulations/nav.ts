import type { NavigationItem } from '../../app/screens'

export const simulationsPath = '/simulations'
export const newSimulationPath = `${simulationsPath}/new`
export const simulationPath = (id: string) => `${simulationsPath}/${id}`
export const simulatedCustomersPath = (id: string) => `${simulationsPath}/${id}/customers`

/** A new simulation of the newest saved version of a definition. */
export const tryIt = (kind: string) => (key: string) => ({
  to: newSimulationPath,
  search: { a: `${kind}:${key}` },
})

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: simulationsPath,
    label: 'simulations',
    icon: 'split',
    rank: 3,
    letter: 'z',
    permission: 'view_decisions',
  },
]

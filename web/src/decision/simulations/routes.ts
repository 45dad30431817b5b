import type { Screen } from '../../app/screens'
import { newSimulationPath, simulatedCustomersPath, simulationPath, simulationsPath } from './nav'

export const routes: Screen[] = [
  { path: simulationsPath, page: () => import('./SimulationsPage'), permission: 'view_decisions' },
  {
    path: newSimulationPath,
    page: () => import('./NewSimulationPage'),
    permission: 'view_decisions',
  },
  {
    path: simulationPath('$simulationId'),
    page: () => import('./SimulationPage'),
    permission: 'view_decisions',
  },
  {
    path: simulatedCustomersPath('$simulationId'),
    page: () => import('./SimulatedCustomersPage'),
    permission: 'view_customers',
  },
]

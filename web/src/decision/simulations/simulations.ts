import { useQuery } from '@tanstack/react-query'
import { type Answer, type Body, type Item, pages, query, useChange } from '../../api/query'
import { sessionQuery, useMay } from '../../api/session'
import type { Tone } from '../../ui'

const list = '/api/simulations'
const one = '/api/simulations/{simulation_id}'

export type SimulationRow = Item<typeof list>
export type Simulation = Answer<'get', typeof one>
export type NewSimulation = Body<'post', typeof list>
export type State = Simulation['state']
export type Change = NonNullable<NewSimulation['tries'][number]['changes']>[number]
type Result = NonNullable<Simulation['result']>
export type Recorded = Extract<Result, { recorded: unknown }>['recorded']
export type RecordedSide = Recorded['sides'][number]
export type Estimate = RecordedSide['evaluation']['recorded']
export type Population = Extract<Result, { population: unknown }>['population']
export type SideResult = Population['placements'][number]['sides'][number]
export type RuleInTheWay = SideResult['rules'][number]

export const tones: Record<State, Tone> = {
  queued: 'action',
  running: 'action',
  cancelling: 'warn',
  cancelled: 'warn',
  done: 'good',
  failed: 'bad',
}

/** Whether the server works on it, so that one looks again soon. */
export const moves = (state: State | undefined): boolean =>
  state === 'queued' || state === 'running' || state === 'cancelling'

export const simulationsPages = () => pages(list, { query: { limit: 50 } })

export const simulationQuery = (id: string) => query(one, { path: { simulation_id: id } })

export type Group = { side: number; placement: string; group: string }

export const customersPages = (id: string, group: Group) =>
  pages('/api/simulations/{simulation_id}/customers', {
    path: { simulation_id: id },
    query: { ...group, limit: 50 },
  })

export const useStart = () => useChange('post', list, { refresh: [list] })

export const useCancel = () =>
  useChange('post', '/api/simulations/{simulation_id}/cancel', { refresh: [list, one] })

/** Whether the signed-in user may stop and remove a simulation: their own, or as an editor. */
export function useMine(simulation: { author: string }): boolean {
  const { data } = useQuery(sessionQuery)
  const may = useMay()
  return may('edit_policies') || data?.user.name === simulation.author
}

export const useRemove = () => useChange('delete', one, { refresh: [list] })

import dagre from '@dagrejs/dagre'
import { type Exit, exits, type Journey } from './journeys'

export type Point = { x: number; y: number }
export type Placed = { id: string; x: number; y: number }
export type Line = {
  id: string
  from: string
  to: string
  exit: Exit | null
  points: Point[]
  label: Point
}
export type Drawing = { nodes: Placed[]; lines: Line[]; width: number; height: number }

export const entryId = '__entry'
export const endId = '__end'
export const nodeWidth = 228
export const nodeHeight = 96
const labelWidth = 150
const labelHeight = 34

/** Places entry, steps and, where a step leads nowhere, one end; from top to bottom. */
export function draw(journey: Journey): Drawing {
  const ids = new Set(journey.steps.map((step) => step.id))
  const target = (to: string | null) => (to !== null && ids.has(to) ? to : endId)
  const ways = journey.steps.flatMap((step) =>
    exits(step).map((exit, place) => ({
      id: `${step.id} ${place}`,
      from: step.id,
      to: target(exit.to),
      exit,
    })),
  )
  const first = journey.steps[0]?.id ?? endId
  const all = [{ id: entryId, from: entryId, to: first, exit: null }, ...ways]
  const loose = all.some((way) => way.to === endId)
  const names = [entryId, ...ids, ...(loose ? [endId] : [])]

  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 36, edgesep: 24, ranksep: 34, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const id of names) graph.setNode(id, { width: nodeWidth, height: nodeHeight })
  for (const way of all) {
    const said = way.exit !== null && way.exit.way !== 'next'
    const size = said ? { width: labelWidth, height: labelHeight, labelpos: 'c' } : {}
    graph.setEdge(way.from, way.to, size, way.id)
  }
  dagre.layout(graph)

  const lines = all.map((way) => {
    const edge = graph.edge(way.from, way.to, way.id)
    const points: Point[] = edge.points ?? []
    const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 }
    return { ...way, points, label: { x: edge.x ?? middle.x, y: edge.y ?? middle.y } }
  })
  const nodes = names.map((id) => {
    const { x, y } = graph.node(id)
    return { id, x: x - nodeWidth / 2, y: y - nodeHeight / 2 }
  })
  const { width = 0, height = 0 } = graph.graph()
  return { nodes, lines, width, height }
}

/** A line through points with rounded corners. */
export function pathOf(points: Point[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  const last = rest.pop()
  if (!last) return `M ${first.x} ${first.y}`
  let before = first
  let path = `M ${first.x} ${first.y}`
  for (const [place, point] of rest.entries()) {
    const next = rest[place + 1] ?? last
    const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    const start = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 }
    if (place === 0) path += ` L ${start.x} ${start.y}`
    path += ` Q ${point.x} ${point.y} ${middle.x} ${middle.y}`
    before = point
  }
  return `${path} L ${last.x} ${last.y}`
}

import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react'
import { memo } from 'react'
import classes from './Canvas.module.css'
import { type Point, pathOf } from './graph'

type Data = { points: Point[]; label: Point; text: string }

/** A line along the points of the layout, so that it runs behind no step. */
export const WayEdge = memo(function WayEdge({ id, data, markerEnd }: EdgeProps) {
  // The canvas hands exactly this to every edge; its own type says nothing about it.
  const { points, label, text } = data as Data
  return (
    <>
      <BaseEdge id={id} path={pathOf(points)} markerEnd={markerEnd} className={classes.line} />
      {text && (
        <EdgeLabelRenderer>
          <span
            className={classes.way}
            title={text}
            style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
          >
            {text}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  )
})

import '@xyflow/react/dist/base.css'
import {
  Background,
  Controls,
  type Edge,
  MarkerType,
  type Node,
  ReactFlow,
  ReactFlowProvider,
} from '@xyflow/react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './Canvas.module.css'
import { draw, entryId } from './graph'
import type { Journey } from './journeys'
import { type StepFacts, StepNode } from './StepNode'
import { WayEdge } from './WayEdge'

const nodeTypes = { step: StepNode }
const edgeTypes = { way: WayEdge }

/** The journey as a picture: laid out by itself, read only, each step a button. */
export default function Canvas({
  journey,
  facts,
  words,
  choose,
}: {
  journey: Journey
  /** What is shown of each step, by its id. */
  facts: Map<string, StepFacts>
  /** What is written at each way out, by the id of its line. */
  words: Map<string, string>
  choose: (step: string) => void
}) {
  const { t } = useTranslation('journeys')
  const drawing = useMemo(() => draw(journey), [journey])
  // Node objects change only with what they show; otherwise the whole picture is drawn again.
  const shown = JSON.stringify([...facts])
  const said = JSON.stringify([...words])
  const nodes = useMemo<Node[]>(() => {
    const known = new Map<string, StepFacts>(JSON.parse(shown))
    return drawing.nodes.map(({ id, x, y }) => ({
      id,
      type: 'step',
      position: { x, y },
      data: { ...known.get(id), id, choose },
      draggable: false,
    }))
  }, [drawing, shown, choose])
  const edges = useMemo<Edge[]>(() => {
    const texts = new Map<string, string>(JSON.parse(said))
    return drawing.lines.map((line) => ({
      id: line.id,
      source: line.from,
      target: line.to,
      type: 'way',
      data: { points: line.points, label: line.label, text: texts.get(line.id) ?? '' },
      markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--line-strong)' },
      focusable: false,
    }))
  }, [drawing, said])
  const height = Math.min(Math.max(drawing.height + 32, 280), 840)
  const labels = {
    'controls.ariaLabel': t('canvas.controls'),
    'controls.zoomIn.ariaLabel': t('canvas.zoom_in'),
    'controls.zoomOut.ariaLabel': t('canvas.zoom_out'),
    'controls.fitView.ariaLabel': t('canvas.fit'),
    'handle.ariaLabel': '',
    // Steps are buttons of their own; the picture's own instructions would not hold.
    'node.a11yDescription.default': '',
    'node.a11yDescription.keyboardDisabled': '',
    'edge.a11yDescription.default': '',
  }
  return (
    <section className={classes.canvas} style={{ height }} aria-label={t('canvas.label')}>
      <ReactFlowProvider key={`${nodes.length} ${entryId}`}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          ariaLabelConfig={labels}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          onNodeClick={ignore}
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          minZoom={0.3}
          maxZoom={1.5}
          fitView
          fitViewOptions={{ maxZoom: 1, minZoom: 0.55, padding: 0.04 }}
          proOptions={{ hideAttribution: false }}
        >
          <Background color="var(--line)" gap={20} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </ReactFlowProvider>
    </section>
  )
}

/** Without a listener the canvas would take no clicks at all; the buttons inside do the work. */
function ignore() {}

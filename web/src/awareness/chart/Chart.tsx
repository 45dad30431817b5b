import { useEffect, useRef, useState } from 'react'
import classes from './Chart.module.css'
import { type ChartOption, colours, type Palette } from './option'

type Instance = ReturnType<typeof import('./echarts').init>

/** The colours of the page as they are now; they change with the scheme. */
function usePalette(): Palette {
  const [palette, setPalette] = useState(colours)
  useEffect(() => {
    const watch = new MutationObserver(() => setPalette(colours()))
    watch.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] })
    return () => watch.disconnect()
  }, [])
  return palette
}

/**
 * A chart for the eye. It says nothing that the table beside it does not say, so it is hidden
 * from those who do not see it; a click on a part asks about it.
 */
export function Chart({
  option,
  height,
  onSelect,
}: {
  option: (palette: Palette) => ChartOption
  height: number
  onSelect?: (place: { series: number; index: number; name: string; edge: boolean }) => void
}) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<Instance | null>(null)
  const select = useRef(onSelect)
  const palette = usePalette()
  const [ready, setReady] = useState(false)
  select.current = onSelect
  useEffect(() => {
    let gone = false
    const element = box.current
    if (!element) return
    const resize = new ResizeObserver(() => chart.current?.resize())
    import('./echarts').then(({ init }) => {
      if (gone) return
      chart.current = init(element, null, { renderer: 'svg' })
      chart.current.on('click', (event) => {
        select.current?.({
          series: event.seriesIndex ?? 0,
          index: event.dataIndex,
          name: String(event.name),
          edge: event.dataType === 'edge',
        })
      })
      resize.observe(element)
      setReady(true)
    })
    return () => {
      gone = true
      resize.disconnect()
      chart.current?.dispose()
      chart.current = null
    }
  }, [])
  useEffect(() => {
    if (ready) chart.current?.setOption(option(palette), { notMerge: true })
  }, [ready, option, palette])
  return (
    <div
      ref={box}
      className={onSelect ? classes.clickable : undefined}
      style={{ height }}
      aria-hidden="true"
    />
  )
}

import type { BarSeriesOption, LineSeriesOption, SankeySeriesOption } from 'echarts/charts'
import type {
  GridComponentOption,
  LegendComponentOption,
  TooltipComponentOption,
} from 'echarts/components'
import type { ComposeOption } from 'echarts/core'

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | SankeySeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>

export type Palette = ReturnType<typeof colours>

/** The colours of the page, by their names in tokens.css. */
export function colours() {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(name).trim() || '#777'
  return {
    ink: of('--ink'),
    soft: of('--ink-soft'),
    line: of('--line'),
    surface: of('--surface'),
    theirs: of('--theirs-fill'),
    ours: of('--ours-fill'),
    action: of('--action'),
    lines: [
      of('--theirs-fill'),
      of('--ours-fill'),
      of('--action'),
      of('--bad'),
      of('--good'),
      of('--line-strong'),
      of('--theirs'),
      of('--ours'),
    ],
    font: of('--sans'),
  }
}

/** What all charts share: quiet axes, small text, no animation. */
export function base(palette: Palette): ChartOption {
  return {
    animation: false,
    textStyle: { color: palette.soft, fontFamily: palette.font, fontSize: 12 },
    grid: { left: 8, right: 12, top: 28, bottom: 8, containLabel: true },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12 },
    },
  }
}

/** An axis of values. */
export function valueAxis(palette: Palette, format: (value: number) => string) {
  return {
    type: 'value' as const,
    axisLabel: { color: palette.soft, formatter: format },
    splitLine: { lineStyle: { color: palette.line } },
  }
}

/** An axis of names or times. */
export function nameAxis(palette: Palette, data: string[]) {
  return {
    type: 'category' as const,
    data,
    axisLabel: { color: palette.soft, hideOverlap: true },
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
  }
}

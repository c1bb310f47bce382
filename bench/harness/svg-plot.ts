import type { Plot } from './benchmark.ts'
import { showFigure } from './text-table.ts'

const width = 720
const height = 400
const area = { left: 84, right: width - 44, top: 56, bottom: height - 64 }
/** Told apart in colour and in grey, also by people who see fewer colours (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00']

type Scale = { place(value: number): number; ticks: number[] }

/** Draws a plot as an SVG document that needs no font, script or style from elsewhere. */
export function svgPlot(plot: Plot): string {
  const body = plot.kind === 'lines' ? drawLines(plot) : drawBars(plot)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` role="img" aria-label="${escapeXml(plot.title)}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `\n<rect width="100%" height="100%" fill="#fff"/>\n`,
    text(width / 2, 26, plot.title, 'middle', 'font-size="15" font-weight="600"'),
    ...body,
    '</svg>\n',
  ].join('')
}

function drawLines(plot: Plot & { kind: 'lines' }): string[] {
  const points = plot.series.flatMap((series) => series.points)
  const x = makeScale(
    points.map(([value]) => value),
    area.left,
    area.right,
    plot.logX === true,
    false,
  )
  const y = makeScale(
    points.map(([, value]) => value),
    area.bottom,
    area.top,
    plot.logY === true,
    true,
  )
  const parts = [...drawAxes(plot.x, plot.y, y), ...x.ticks.flatMap((tick) => tickOnX(x.place(tick), showFigure(tick)))]
  plot.series.forEach((series, index) => {
    const colour = colours[index % colours.length] as string
    const places = series.points.map(([px, py]) => [x.place(px), y.place(py)] as const)
    const path = places.map(([px, py]) => `${round(px)},${round(py)}`).join(' ')
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>\n`)
    for (const [px, py] of places) parts.push(`<circle cx="${round(px)}" cy="${round(py)}" r="3" fill="${colour}"/>\n`)
  })
  if (plot.series.length > 1) parts.push(...drawLegend(plot.series.map((series) => series.name)))
  return parts
}

function drawBars(plot: Plot & { kind: 'bars' }): string[] {
  const y = makeScale(
    plot.bars.map((bar) => bar.value),
    area.bottom,
    area.top,
    false,
    true,
  )
  const parts = drawAxes('', plot.y, y)
  const step = (area.right - area.left) / Math.max(1, plot.bars.length)
  const barWidth = Math.min(72, step * 0.6)
  plot.bars.forEach(({ label, value }, index) => {
    const middle = area.left + step * (index + 0.5)
    const top = y.place(value)
    const size = `width="${round(barWidth)}" height="${round(area.bottom - top)}"`
    parts.push(`<rect x="${round(middle - barWidth / 2)}" y="${round(top)}" ${size} fill="${colours[0]}"/>\n`)
    parts.push(text(middle, top - 6, showFigure(value), 'middle'), text(middle, area.bottom + 20, label, 'middle'))
  })
  return parts
}

function drawAxes(xLabel: string, yLabel: string, y: Scale): string[] {
  const middle = (area.top + area.bottom) / 2
  return [
    ...y.ticks.flatMap((tick) => {
      const place = round(y.place(tick))
      return [
        `<line x1="${area.left}" x2="${area.right}" y1="${place}" y2="${place}" stroke="#ddd"/>\n`,
        text(area.left - 8, place + 4, showFigure(tick), 'end'),
      ]
    }),
    `<path d="M${area.left} ${area.top}V${area.bottom}H${area.right}" fill="none" stroke="#222"/>\n`,
    text((area.left + area.right) / 2, height - 16, xLabel, 'middle'),
    text(18, middle, yLabel, 'middle', `transform="rotate(-90 18 ${middle})"`),
  ]
}

function tickOnX(place: number, label: string): string[] {
  const x = round(place)
  return [
    `<line x1="${x}" x2="${x}" y1="${area.bottom}" y2="${area.bottom + 5}" stroke="#222"/>\n`,
    text(place, area.bottom + 20, label, 'middle'),
  ]
}

function drawLegend(names: readonly string[]): string[] {
  let x = area.left
  return names.flatMap((name, index) => {
    const colour = colours[index % colours.length] as string
    const parts = [
      `<rect x="${round(x)}" y="36" width="12" height="12" fill="${colour}"/>\n`,
      text(x + 17, 46, name, 'start'),
    ]
    x += 17 + name.length * 7 + 18
    return parts
  })
}

function makeScale(values: readonly number[], from: number, to: number, log: boolean, fromZero: boolean): Scale {
  const positive = values.filter((value) => Number.isFinite(value) && (!log || value > 0))
  const highest = positive.length === 0 ? 1 : Math.max(...positive)
  const lowest = positive.length === 0 ? 0 : Math.min(...positive)
  if (log) {
    const low = Math.floor(Math.log10(lowest > 0 ? lowest : 1))
    const high = Math.max(low + 1, Math.ceil(Math.log10(highest)))
    const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
    const place = (value: number): number =>
      from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from)
    return { place, ticks }
  }
  const start = fromZero ? Math.min(0, lowest) : lowest
  const step = niceStep((highest - start || Math.abs(highest) || 1) / 5)
  const low = Math.floor(start / step) * step
  const high = Math.max(low + step, Math.ceil(highest / step) * step)
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) =>
    Number((low + index * step).toPrecision(12)),
  )
  return { place: (value) => from + ((value - low) / (high - low)) * (to - from), ticks }
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  return ([1, 2, 5, 10].find((factor) => factor * power >= step * 0.999) ?? 10) * power
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', more = ''): string {
  if (content === '') return ''
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more === '' ? '' : ` ${more}`}>${escapeXml(content)}</text>\n`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

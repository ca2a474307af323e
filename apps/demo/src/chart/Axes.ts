/**
 * Axes with their labels, and paths, as pieces of SVG. Pure.
 *
 * The look is the style sheet's: axes have the class `axis`, lines at an edge `base`, titles `unit`.
 *
 * @since 0.1.0
 */
import { html, type Markup } from "./Markup.ts"
import type { Scale } from "./Scale.ts"

/** Lines across and their labels at the left. */
export const yAxis = (options: {
  readonly left: number
  readonly right: number
  readonly title: string
  readonly titleAt: readonly [x: number, y: number]
  readonly ticks: ReadonlyArray<{ readonly y: number; readonly label: string }>
}): Markup =>
  html`<g class="axis"
    >${options.ticks.map(
      ({ label, y }) =>
        html`<line x1="${options.left}" x2="${options.right}" y1="${y}" y2="${y}" /><text
            x="${options.left - 8}"
            y="${y + 4}"
            text-anchor="end"
            >${label}</text
          >`
    )}<text class="unit" x="${options.titleAt[0]}" y="${options.titleAt[1]}">${options.title}</text></g
  >`

/** Labels below, and what they count at the right end. */
export const xAxis = (options: {
  readonly y: number
  readonly left: number
  readonly right: number
  readonly title: string
  readonly ticks: ReadonlyArray<number>
  readonly scale: Scale
  readonly label?: ((value: number) => string) | undefined
}): Markup => {
  const label = options.label ?? String
  return html`<g class="axis"
    ><line
      class="base"
      x1="${options.left}"
      x2="${options.right}"
      y1="${options.y}"
      y2="${options.y}"
    />${options.ticks.map(
      (value) =>
        html`<line
            class="base"
            x1="${options.scale(value)}"
            x2="${options.scale(value)}"
            y1="${options.y}"
            y2="${options.y + 4}"
          /><text x="${options.scale(value)}" y="${options.y + 18}" text-anchor="middle">${label(value)}</text>`
    )}<text class="unit" x="${(options.left + options.right) / 2}" y="${options.y + 36}" text-anchor="middle"
      >${options.title}</text
    ></g
  >`
}

/** The path through some points. */
export const path = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("")

/** A path that keeps its height until the next point. */
export const steps = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y], index) => (index === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`)).join("")

const round = (value: number): number => Math.round(value * 100) / 100

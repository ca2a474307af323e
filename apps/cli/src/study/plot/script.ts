/** The script of a page: words under the pointer, and parallel coordinates with brushes on a canvas. It stands alone. */

/**
 * Draws what `[data-parallel]` holds, some lines in each frame and of many an even choice; what is chosen and counted is always all. Dragging along an axis keeps the trials that cross it there,
 * several axes together; a click on the axis lets go again. `data-selected` of the figure says how many are kept.
 */
export const script = `(() => {
"use strict"
const tip = document.getElementById("tip")
const show = (text, x, y) => {
  tip.textContent = text
  tip.style.display = "block"
  const box = tip.getBoundingClientRect()
  tip.style.left = Math.max(4, Math.min(innerWidth - box.width - 8, x + 14)) + "px"
  tip.style.top = (y + box.height + 20 > innerHeight ? y - box.height - 10 : y + 16) + "px"
}
const hide = () => { tip.style.display = "none" }
document.addEventListener("pointermove", (event) => {
  const at = event.target
  if (!(at instanceof SVGElement) || at instanceof SVGSVGElement) { if (!(at instanceof Element && at.closest(".brushes"))) hide(); return }
  const title = at.querySelector(":scope > title")
  if (title) { at.dataset.tip = title.textContent; title.remove() }
  if (at.dataset.tip) show(at.dataset.tip, event.clientX, event.clientY)
  else hide()
})
document.addEventListener("pointerleave", hide)

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer
const worths = ["complete", "infeasible", "pruned", "failed"]
const short = (x, digits) => x === 0 ? "0" : Math.abs(x) < 1e-3 || Math.abs(x) >= 1e7 ? x.toExponential(3) : String(Number(x.toPrecision(digits)))

const parallel = (root) => {
  const data = JSON.parse(root.querySelector("script").textContent)
  const { axes } = data
  const columns = data.columns.map((text) => data.isFine ? new Float32Array(bytes(text))
    : Float32Array.from(new Uint16Array(bytes(text)), (place) => place === 65535 ? NaN : place / 65534))
  const numbers = new Uint32Array(bytes(data.numbers))
  const values = new Float64Array(bytes(data.values))
  const worth = new Uint8Array(bytes(data.worths))
  const order = new Uint32Array(bytes(data.order))
  const shade = new Uint8Array(numbers.length)
  const complete = worth.reduce((sum, it) => sum + (it === 0 ? 1 : 0), 0)
  order.forEach((line, rank) => { shade[line] = worth[line] === 0 ? Math.min(9, Math.floor(rank * 10 / Math.max(1, complete))) : 9 + worth[line] })
  const canvas = root.querySelector("canvas")
  const svg = root.querySelector(".brushes")
  const status = root.querySelector(".status")
  const table = root.querySelector("tbody")
  const boxes = [...root.querySelectorAll("input[type=checkbox]")]
  const brushes = new Map()
  const top = 62, height = 330, below = 30
  let width = 0, drawing = 0, hovered = -1
  const NS = "http://www.w3.org/2000/svg"
  const xOf = (axis) => axes.length === 1 ? width / 2 : 70 + axis * (width - 150) / (axes.length - 1)
  const yOf = (place) => Number.isNaN(place) ? top + height + below : top + height * (1 - place)
  const word = (axis, u) => {
    const it = axes[axis]
    if (Number.isNaN(u)) return "none"
    if (it.type === "names") return it.names[Math.min(it.names.length - 1, Math.floor(u * it.names.length))]
    const value = it.type === "log" ? Math.exp(Math.log(it.from) * (1 - u) + Math.log(it.to) * u) : it.from * (1 - u) + it.to * u
    return it.whole && Math.abs(value) < 1e15 ? String(Math.round(value)) : short(value, data.isFine ? 5 : 4)
  }
  const isKept = (line) => {
    if (!boxes[worth[line]].checked) return false
    for (const [axis, [low, high]] of brushes) {
      const y = yOf(columns[axis][line])
      if (y < low || y > high) return false
    }
    return true
  }
  let kept = []
  const colours = () => {
    const style = getComputedStyle(root)
    const names = [...Array(10).keys()].map((i) => "--m" + i).concat("--series3", "--supply", "--limit", "--strong", "--text")
    return names.map((name) => style.getPropertyValue(name).trim())
  }
  const trace = (context, line) => {
    for (let axis = 0; axis < axes.length; axis++) {
      const x = xOf(axis), y = yOf(columns[axis][line])
      if (axis === 0) context.moveTo(x, y)
      else context.lineTo(x, y)
    }
  }
  /** More lines than these could not be told apart: the best, and an even choice of the others. */
  const DRAWN = 2500, BEST = 250
  const some = (lines) => {
    if (lines.length <= DRAWN) return lines.slice()
    const rest = lines.length - BEST
    return lines.slice(0, BEST).concat(Array.from({ length: DRAWN - BEST }, (_, k) => lines[BEST + Math.floor(k * rest / (DRAWN - BEST))]))
  }
  const draw = () => {
    const turn = ++drawing
    const scale = devicePixelRatio || 1
    width = root.querySelector(".stage").clientWidth
    canvas.width = width * scale
    canvas.height = (top + height + below + 18) * scale
    const context = canvas.getContext("2d")
    context.scale(scale, scale)
    const palette = colours()
    const others = []
    const every = Math.max(1, Math.floor(numbers.length / 2000))
    const isKeptLine = new Uint8Array(numbers.length)
    for (const line of kept) isKeptLine[line] = 1
    if (kept.length < numbers.length) for (let line = 0; line < numbers.length; line += every) if (!isKeptLine[line]) others.push(line)
    const shown = some(kept)
    const jobs = [...others.map((line) => -line - 1), ...shown.reverse()]
    const alpha = Math.max(0.1, Math.min(0.75, 60 / Math.sqrt(shown.length + 1) / 10))
    const batch = jobs.length > 3000 ? 10 : 1
    root.removeAttribute("data-drawn")
    let next = 0
    const frame = () => {
      if (turn !== drawing) return
      const until = Math.min(jobs.length, next + 1500)
      let look = -1
      let open = 0
      for (; next < until; next++) {
        const job = jobs[next]
        const line = job < 0 ? -job - 1 : job
        const wanted = job < 0 ? 13 : shade[line]
        if (wanted !== look || open >= batch) {
          if (open) context.stroke()
          context.beginPath()
          context.strokeStyle = palette[wanted]
          context.globalAlpha = job < 0 ? 0.12 : wanted < 1 ? Math.min(1, alpha * 2) : alpha
          context.lineWidth = 1.1
          look = wanted
          open = 0
        }
        trace(context, line)
        open++
      }
      if (open) context.stroke()
      if (next < jobs.length) return requestAnimationFrame(frame)
      root.setAttribute("data-drawn", String(kept.length))
    }
    frame()
  }
  const element = (name, attributes, text) => {
    const made = document.createElementNS(NS, name)
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
    if (text !== undefined) made.textContent = text
    return made
  }
  const drawAxes = () => {
    width = root.querySelector(".stage").clientWidth
    svg.setAttribute("viewBox", "0 0 " + width + " " + (top + height + below + 18))
    svg.style.height = top + height + below + 18 + "px"
    svg.replaceChildren()
    const gap = (width - 150) / Math.max(1, axes.length - 1)
    axes.forEach((axis, index) => {
      const x = xOf(index)
      const isLast = index === axes.length - 1
      const group = element("g", { class: "axis small halo" })
      group.append(element("line", { class: "base", x1: x, x2: x, y1: top, y2: top + height }))
      const room = Math.max(4, Math.floor((Math.min(gap, 150) * 2 - 12) / 7))
      const name = axis.title.length > room ? axis.title.slice(0, room - 1) + "…" : axis.title
      const title = element("text", { class: axis.objective ? "name value" : "name", x: index === 0 ? 8 : isLast ? width - 8 : x, y: index % 2 ? top - 34 : top - 16, "text-anchor": index === 0 ? "start" : isLast ? "end" : "middle" }, name)
      group.append(title)
      for (const [place, label] of axis.ticks) {
        const most = isLast ? Infinity : Math.max(3, Math.floor((index === 0 ? x - 10 : gap - 14) / 6.6))
        const clipped = label.length <= most ? label : label.slice(0, most - 1).replace(/…$/, "") + "…"
        group.append(element("text", { x: isLast ? x + 8 : x - 8, y: top + height * (1 - place) + 4, "text-anchor": isLast ? "start" : "end" }, clipped))
      }
      const brush = brushes.get(index)
      if (brush) group.append(element("rect", { class: "brush", x: x - 9, y: brush[0], width: 18, height: Math.max(2, brush[1] - brush[0]), rx: 3 }))
      group.append(element("rect", { class: "grip", "data-axis": index, x: x - 16, y: top - 6, width: 32, height: height + below + 18 }))
      svg.append(group)
    })
    if (columns.some((column) => column.includes(NaN))) {
      svg.append(element("text", { class: "soft small", x: 8, y: top + height + below + 4 }, "none"))
    }
  }
  const cells = (line) => axes.map((_, axis) => word(axis, columns[axis][line]))
  const list = () => {
    table.replaceChildren(...kept.slice(0, 10).map((line) => {
      const row = document.createElement("tr")
      const value = Number.isNaN(values[line]) ? "" : short(values[line], 5)
      const texts = [String(numbers[line]), worths[worth[line]], value, ...cells(line).slice(0, data.variables)]
      for (const text of texts) row.append(Object.assign(document.createElement("td"), { textContent: text }))
      return row
    }))
    const total = numbers.length.toLocaleString("en") + (numbers.length === 1 ? " trial" : " trials")
    const drawn = kept.length > DRAWN ? " (" + DRAWN.toLocaleString("en") + " drawn: the best and an even choice)" : ""
    status.textContent = brushes.size || kept.length < numbers.length
      ? kept.length.toLocaleString("en") + " of " + total + drawn + (kept.length > 10 ? "; the best ten below" : "")
      : total + drawn + ": drag along axes to choose, click an axis to let go"
    root.setAttribute("data-selected", String(kept.length))
  }
  const choose = () => {
    kept = []
    for (const line of order) if (isKept(line)) kept.push(line)
    drawAxes()
    list()
    draw()
  }
  let dragged
  const place = (event) => event.clientY - svg.getBoundingClientRect().top
  svg.addEventListener("pointerdown", (event) => {
    const axis = event.target.dataset.axis
    if (axis === undefined) return
    event.preventDefault()
    svg.setPointerCapture(event.pointerId)
    dragged = { axis: Number(axis), from: place(event), moved: false }
  })
  svg.addEventListener("pointermove", (event) => {
    if (!dragged) return near(event)
    const to = place(event)
    if (Math.abs(to - dragged.from) > 3) dragged.moved = true
    if (!dragged.moved) return
    brushes.set(dragged.axis, [Math.min(to, dragged.from), Math.max(to, dragged.from)])
    drawAxes()
  })
  const end = () => {
    if (!dragged) return
    if (!dragged.moved) brushes.delete(dragged.axis)
    dragged = undefined
    choose()
  }
  svg.addEventListener("pointerup", end)
  svg.addEventListener("pointercancel", end)
  svg.addEventListener("pointerleave", hide)
  const near = (event) => {
    const box = svg.getBoundingClientRect()
    const x = event.clientX - box.left, y = event.clientY - box.top
    let axis = 0
    while (axis + 2 < axes.length && xOf(axis + 1) < x) axis++
    const share = axes.length === 1 ? 0 : (x - xOf(axis)) / (xOf(axis + 1) - xOf(axis))
    const other = Math.min(axis + 1, axes.length - 1)
    let best = 7, found = -1
    for (const line of kept) {
      const distance = Math.abs(yOf(columns[axis][line]) * (1 - share) + yOf(columns[other][line]) * share - y)
      if (distance < best) { best = distance; found = line }
    }
    svg.querySelector(".near")?.remove()
    if (found < 0 || share < -0.1 || share > 1.1) return hide()
    const points = axes.map((_, index) => xOf(index) + "," + yOf(columns[index][found])).join(" ")
    svg.prepend(element("polyline", { class: "near", points }))
    const words = cells(found).map((text, index) => axes[index].title + ": " + text)
    show("trial " + numbers[found] + ", " + worths[worth[found]] + "\\n" + words.slice(0, 24).join("\\n"), event.clientX, event.clientY)
  }
  root.querySelector("button").addEventListener("click", () => { brushes.clear(); for (const box of boxes) box.checked = true; choose() })
  for (const box of boxes) box.addEventListener("change", choose)
  let resized
  addEventListener("resize", () => { cancelAnimationFrame(resized); resized = requestAnimationFrame(() => { brushes.clear(); choose() }) })
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw)
  choose()
}
for (const root of document.querySelectorAll("[data-parallel]")) parallel(root)
})()`

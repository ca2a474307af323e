/**
 * What moves in the page: tips, choosing an agent, brushing the parallel axes. It writes text by `textContent` alone and holds no
 * value from outside, so the page may forbid every other script.
 */
export const script = `
"use strict"
{
  const tip = document.getElementById("tip")
  const place = (event) => {
    const gap = 14, box = tip.getBoundingClientRect()
    const x = event.clientX + gap + box.width > innerWidth ? event.clientX - gap - box.width : event.clientX + gap
    const y = event.clientY + gap + box.height > innerHeight ? event.clientY - gap - box.height : event.clientY + gap
    tip.style.left = Math.max(4, x) + "px"
    tip.style.top = Math.max(4, y) + "px"
  }
  const lines = document.querySelector(".lines")
  const light = (target) => {
    for (const line of document.querySelectorAll(".line.hover")) line.classList.remove("hover")
    const trial = target && target.getAttribute("data-trial")
    const found = trial ? [...document.querySelectorAll(".line")].filter((line) => line.getAttribute("data-trial") === trial) : []
    for (const line of found) line.classList.add("hover")
    if (lines) lines.classList.toggle("hovering", found.length > 0)
  }
  document.addEventListener("pointerover", (event) => {
    const target = event.target.closest ? event.target.closest("[data-tip]") : null
    light(target)
    tip.classList.toggle("on", target !== null)
    if (target === null) return
    tip.textContent = target.getAttribute("data-tip")
    place(event)
  })
  document.addEventListener("pointermove", (event) => { if (tip.classList.contains("on")) place(event) })
  document.documentElement.addEventListener("pointerleave", () => { tip.classList.remove("on"); light(null) })

  const buttons = [...document.querySelectorAll("[data-pick]")]
  for (const button of buttons) button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true"
    for (const other of buttons) other.setAttribute("aria-pressed", String(on && other === button))
    document.body.classList.toggle("alone", on)
    for (const mark of document.querySelectorAll("[data-agent]"))
      mark.classList.toggle("chosen", mark.getAttribute("data-agent") === button.getAttribute("data-pick"))
  })

  const ranges = new Map()
  const all = [...document.querySelectorAll(".line")].map((line) => ({ line, ys: line.getAttribute("data-ys").split(" ").map(Number) }))
  const filter = () => {
    let kept = 0
    for (const { line, ys } of all) {
      const passes = [...ranges].every(([axis, [low, high]]) => ys[axis] >= low && ys[axis] <= high)
      line.classList.toggle("out", !passes)
      if (passes) kept++
    }
    document.getElementById("parallel-count").textContent = kept + " of " + all.length + " trainings"
  }
  for (const axis of document.querySelectorAll(".paxis")) {
    const grip = axis.querySelector(".grip"), brush = axis.querySelector(".brush")
    const number = Number(axis.getAttribute("data-axis"))
    const top = Number(grip.getAttribute("data-top")), bottom = Number(grip.getAttribute("data-bottom"))
    const at = (event) => {
      const svg = axis.ownerSVGElement
      const y = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).y
      return Math.min(bottom, Math.max(top, y))
    }
    let from
    const draw = (low, high) => {
      brush.setAttribute("y", low)
      brush.setAttribute("height", high - low)
    }
    grip.addEventListener("pointerdown", (event) => { from = at(event); grip.setPointerCapture(event.pointerId); event.preventDefault() })
    grip.addEventListener("pointermove", (event) => {
      if (from === undefined) return
      const to = at(event), low = Math.min(from, to), high = Math.max(from, to)
      draw(low, high)
      ranges.set(number, [low - 0.5, high + 0.5])
      filter()
    })
    grip.addEventListener("pointerup", (event) => {
      if (from === undefined) return
      if (Math.abs(at(event) - from) < 3) { ranges.delete(number); draw(top, top); filter() }
      from = undefined
    })
  }
}
`

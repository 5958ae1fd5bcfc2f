// The slice viewer: panes with sliders, a crosshair, windows, and frames that play. Nothing here asks the server.
const CROSSHAIR = "rgba(125, 211, 224, 0.75)"
const BARS_MM = [100, 50, 20, 10, 5, 2, 1, 0.5, 0.1]
const FRAME_MS = 80 // for a recording that does not say how long its frames last
const DRAG_PX = 3 // less is a click
const clamp = (value, low, high) => Math.max(low, Math.min(high, value))
const made = (tag, name, text) => {
  const element = document.createElement(tag)
  if (name) element.className = name
  if (text) element.textContent = text // never innerHTML: names come from data
  return element
}
const shortest = (value, span) => (span >= 20 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString())

class Pane {
  constructor(viewer, name) {
    this.viewer = viewer
    this.plane = planeOf(name, viewer.facts)
    this.element = made("section", `pane ${name}`)
    this.canvas = made("canvas")
    this.canvas.setAttribute("role", "img")
    this.count = made("span", "count")
    const title = viewer.facts.kind === "volume" ? this.plane.title : ""
    this.canvas.setAttribute("aria-label", [viewer.facts.label, title.toLowerCase()].filter(Boolean).join(", "))
    this.picture = new OffscreenCanvas(this.plane.across, this.plane.down)
    this.image = new ImageData(this.plane.across, this.plane.down)
    this.words = new Uint32Array(this.image.data.buffer)
    const view = made("div", "view")
    view.append(this.canvas, made("span", "title", title), this.count)
    ;[...this.plane.edges].forEach((letter, side) => view.append(made("span", `edge ${["left", "right", "top", "bottom"][side]}`, letter)))
    this.scale = made("span", "scale")
    view.append(this.scale)
    this.element.append(view)
    this.slider = made("input")
    Object.assign(this.slider, { type: "range", min: 0, max: this.plane.count - 1, step: 1 })
    this.slider.setAttribute("aria-label", `${title || "Frame"} slice`.replace("Frame slice", "Frame"))
    if (this.plane.count > 1) this.element.append(this.slider)
    this.listen(view)
  }

  get index() { return this.viewer.at[this.plane.axis] }

  step(by) { this.viewer.go(this.plane.axis, this.index + by) }

  listen(view) {
    this.slider.oninput = () => this.viewer.go(this.plane.axis, this.slider.valueAsNumber)
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }
    this.slider.onkeydown = (event) => {
      if (event.key === " " && this.viewer.player) this.viewer.play(!this.viewer.isPlaying)
      else if (event.key in steps) this.step(steps[event.key])
      else return
      event.preventDefault()
    }
    view.onwheel = (event) => {
      if (this.plane.count < 2) return
      event.preventDefault()
      this.step(event.deltaY > 0 ? -1 : 1)
    }
    view.onpointerdown = (event) => {
      if (event.button !== 0) return
      view.setPointerCapture(event.pointerId)
      this.slider.focus({ preventScroll: true })
      const from = { x: event.clientX, y: event.clientY, ...this.viewer.window, hasMoved: false }
      view.onpointermove = (move) => {
        const [x, y] = [move.clientX - from.x, move.clientY - from.y]
        from.hasMoved = from.hasMoved || Math.hypot(x, y) > DRAG_PX
        if (from.hasMoved) this.viewer.drag(from, x, y)
      }
      view.onpointerup = view.onpointercancel = (end) => {
        view.onpointermove = view.onpointerup = view.onpointercancel = null
        if (!from.hasMoved && end.type === "pointerup") this.point(end)
      }
    }
  }

  // The crosshair goes where a person clicked.
  point(event) {
    if (this.viewer.facts.kind !== "volume" || !this.frame) return
    const box = this.canvas.getBoundingClientRect()
    const { left, top, width, height } = this.frame
    const ratio = this.canvas.width / box.width
    const across = Math.floor((((event.clientX - box.left) * ratio - left) / width) * this.plane.across)
    let down = Math.floor((((event.clientY - box.top) * ratio - top) / height) * this.plane.down)
    if (this.plane.flipped) down = this.plane.down - 1 - down
    if (across < 0 || down < 0 || across >= this.plane.across || down >= this.plane.down) return
    const [a, b] = [0, 1, 2].filter((axis) => axis !== this.plane.axis)
    this.viewer.go(a, across)
    this.viewer.go(b, down)
  }

  draw() {
    paint(this.words, this.plane, this.viewer.volume, this.index, this.viewer.look)
    this.picture.getContext("2d").putImageData(this.image, 0, 0)
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [this.canvas.clientWidth * ratio, this.canvas.clientHeight * ratio].map(Math.round)
    if (!width || !height) return
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height })
    const { across, down, stepAcross, stepDown } = this.plane
    const zoom = Math.min(width / (across * stepAcross), height / (down * stepDown)) // pixels a millimetre
    const frame = { width: across * stepAcross * zoom, height: down * stepDown * zoom }
    this.frame = { ...frame, left: (width - frame.width) / 2, top: (height - frame.height) / 2 }
    const context = this.canvas.getContext("2d")
    context.fillStyle = "#000"
    context.fillRect(0, 0, width, height)
    context.imageSmoothingQuality = "high"
    context.drawImage(this.picture, this.frame.left, this.frame.top, frame.width, frame.height)
    if (this.viewer.hasCrosshair) this.cross(context, ratio)
    this.tell(zoom / ratio)
  }

  cross(context, ratio) {
    const { left, top, width, height } = this.frame
    const [a, b] = [0, 1, 2].filter((axis) => axis !== this.plane.axis).map((axis) => this.viewer.at[axis])
    const x = left + ((a + 0.5) / this.plane.across) * width
    const y = top + (((this.plane.flipped ? this.plane.down - 1 - b : b) + 0.5) / this.plane.down) * height
    context.strokeStyle = CROSSHAIR
    context.lineWidth = ratio
    context.beginPath()
    context.moveTo(left, y)
    context.lineTo(left + width, y)
    context.moveTo(x, top)
    context.lineTo(x, top + height)
    context.stroke()
  }

  tell(pixelsPerMm) {
    const { count, stride, fullCount } = this.plane
    const shown = Math.min(this.index * stride + 1, fullCount)
    this.count.textContent = count > 1 ? `${shown} / ${fullCount}` : ""
    this.slider.value = this.index
    this.slider.setAttribute("aria-valuetext", `${shown} of ${fullCount}`)
    const bar = BARS_MM.find((mm) => mm <= 50 && mm * pixelsPerMm < this.canvas.clientWidth * 0.45)
    this.scale.hidden = !this.viewer.facts.spacing_mm || !bar || !this.element.classList.contains("main")
    this.scale.style.width = `${bar * pixelsPerMm}px`
    this.scale.textContent = `${bar} mm`
  }
}

class Viewer {
  constructor(root, volume) {
    this.root = root
    this.volume = volume
    this.facts = volume.facts
    this.panes = []
    this.build()
    this.reset()
    this.watcher = new ResizeObserver(() => this.schedule())
    this.watcher.observe(this.area)
  }

  build() {
    const { facts } = this
    this.bar = made("div", "bar")
    this.bar.setAttribute("role", "toolbar")
    this.bar.setAttribute("aria-label", "Window and view")
    if (facts.windows.length) this.buildWindows()
    if (facts.is_recording && facts.size[2] > 1) this.player = this.button("player", "Play", () => this.play(!this.isPlaying))
    this.bar.append(made("span", "space"))
    if (facts.kind === "volume")
      this.crosshair = this.button("crosshair", "Crosshair", () => this.show(!this.hasCrosshair))
    this.button("reset", "Reset", () => this.reset())
    const others = ["axial", "coronal", "sagittal"].filter((name) => name !== facts.main)
    const names = facts.kind === "volume" ? [facts.main, ...others] : ["axial"]
    this.panes = names.map((name) => new Pane(this, name))
    this.panes[0].element.classList.add("main")
    this.area = made("div", `panes ${facts.kind}`)
    this.area.append(...this.panes.map((pane) => pane.element))
    this.root.replaceChildren(this.bar, this.area)
  }

  buildWindows() {
    const group = made("div", "windows")
    group.setAttribute("role", "group")
    group.setAttribute("aria-label", "Window")
    this.presets = this.facts.windows.map((named) => {
      const button = made("button", "", named.name)
      button.onclick = () => this.choose(named)
      group.append(button)
      return { button, named }
    })
    const values = made("span", "values")
    ;[this.width, this.level] = ["W", "L"].map((letter) => {
      const label = made("label", "", letter)
      const input = made("input")
      input.type = "number"
      input.step = "any"
      input.setAttribute("aria-label", letter === "W" ? "Window width" : "Window level")
      input.onchange = () => this.between(Math.max(this.width.valueAsNumber, 1e-6), this.level.valueAsNumber)
      label.append(input)
      values.append(label)
      return input
    })
    values.append(made("span", "unit", this.facts.unit))
    values.title = "Drag on a picture: sideways for width, up and down for level"
    this.bar.append(group, values)
  }

  button(name, text, act) {
    const button = made("button", name, text)
    button.onclick = act
    this.bar.append(button)
    return button
  }

  reset() {
    this.play(false)
    this.at = this.facts.size.map((count) => count >> 1)
    if (this.facts.kind !== "volume") this.at[2] = 0
    this.show(this.facts.kind === "volume")
    this.choose(this.facts.windows.find((named) => named.name === this.facts.start) || { low: 0, high: 255 })
  }

  choose({ low, high }) {
    this.window = { low, high }
    this.look = this.facts.channels === 3 ? null : shadesOf(this.facts, low, high)
    if (this.presets) {
      const span = high - low
      for (const { button, named } of this.presets)
        button.setAttribute("aria-pressed", named.low === low && named.high === high)
      this.width.value = shortest(span, span)
      this.level.value = shortest((low + high) / 2, span)
    }
    this.schedule()
  }

  between(width, level) {
    if (Number.isFinite(width) && Number.isFinite(level)) this.choose({ low: level - width / 2, high: level + width / 2 })
    else this.choose(this.window)
  }

  drag({ low, high }, x, y) {
    if (!this.presets) return
    const span = high - low
    this.between(Math.max(span * (1 + x / 200), span / 1000), (low + high) / 2 + (y / 200) * span)
  }

  show(hasCrosshair) {
    this.hasCrosshair = hasCrosshair
    this.crosshair?.setAttribute("aria-pressed", hasCrosshair)
    this.schedule()
  }

  go(axis, index) {
    this.at[axis] = clamp(index, 0, this.facts.size[axis] - 1)
    this.schedule()
  }

  play(isPlaying) {
    if (!this.player) return
    this.isPlaying = isPlaying
    this.player.textContent = isPlaying ? "Pause" : "Play"
    clearInterval(this.timer)
    const each = Math.max(15, (this.facts.frame_ms || FRAME_MS) * this.facts.strides[2])
    if (isPlaying) this.timer = setInterval(() => this.go(2, (this.at[2] + 1) % this.facts.size[2]), each)
  }

  // However many events come, one drawing a screen refresh.
  schedule() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined
      const begun = performance.now()
      for (const pane of this.panes) pane.draw()
      this.root.dataset.drawMs = (performance.now() - begun).toFixed(2)
    })
  }

  close() {
    this.play(false)
    this.watcher.disconnect()
    cancelAnimationFrame(this.waiting)
  }
}

const open = new WeakMap()

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".viewer")
  if (open.has(root)) return
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data)
  const opening = unpack(bytes).then((volume) => new Viewer(root, volume))
  open.set(root, opening)
  return () => opening.then((viewer) => viewer.close())
}

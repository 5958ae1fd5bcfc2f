// One pane of the viewer: a plane on its canvas, its slider, the crosshair, and what a hand does on it.
const CROSSHAIR = "rgba(125, 211, 224, 0.75)"
const BARS_MM = [100, 50, 20, 10, 5, 2, 1, 0.5, 0.1]
const DRAG_PX = 3 // less is a click
const made = (tag, name, text) => {
  const element = document.createElement(tag)
  if (name) element.className = name
  if (text) element.textContent = text // never innerHTML: names come from data
  return element
}

// Pixels of one plane as they are, one a voxel, to be drawn at any size.
class Picture {
  constructor({ across, down }) {
    this.canvas = new OffscreenCanvas(across, down)
    this.image = new ImageData(across, down)
    this.words = new Uint32Array(this.image.data.buffer)
  }

  fill(paintInto) {
    paintInto(this.words)
    this.canvas.getContext("2d").putImageData(this.image, 0, 0)
  }

  drawOn(context, { left, top, width, height }, isSmooth) {
    context.imageSmoothingEnabled = isSmooth
    context.imageSmoothingQuality = "high"
    context.drawImage(this.canvas, left, top, width, height)
  }
}

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
    this.picture = new Picture(this.plane)
    this.labels = new Picture(this.plane)
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
    const { at, look, mask, volume } = this.viewer
    const [where, laid] = [[this.index, at[AXES.time]], mask && mask.drawn]
    this.picture.fill((words) => paint(words, this.plane, volume, where, look))
    if (laid) this.labels.fill((words) => paintLabels(words, this.plane, volume, where, laid))
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
    this.picture.drawOn(context, this.frame, true)
    if (laid) this.labels.drawOn(context, this.frame, false) // an edge that is smoothed lies where no label does
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

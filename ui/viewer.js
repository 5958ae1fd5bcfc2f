// The slice viewer: panes with sliders, a crosshair, windows, and frames that play. Nothing here asks the server.
const FRAME_MS = 80 // for a recording that does not say how long its frames last
const VOLUME_MS = 150 // of a 4D series, whatever tells its volumes apart
const clamp = (value, low, high) => Math.max(low, Math.min(high, value))
const shortest = (value, span) => (span >= 20 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString())

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
    if (facts.times > 1) this.times = new TimeControls(this)
    this.player = this.times?.player
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
    this.foot = made("div", "foot")
    if (this.times) this.foot.append(this.times.element)
    this.foot.hidden = !this.times
    this.root.replaceChildren(this.bar, this.area, this.foot)
  }

  // Another mask, or none, on the picture as it stands.
  lay(mask) {
    this.mask?.element.remove()
    this.mask = mask && new MaskControls(this, mask)
    if (this.mask) this.foot.append(this.mask.element)
    this.foot.hidden = !this.times && !this.mask
    this.schedule()
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
    this.at = [...this.facts.size, this.facts.times].map((count) => count >> 1)
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
    this.at[axis] = clamp(index, 0, this.countAlong(axis) - 1)
    this.schedule()
  }

  countAlong(axis) { return axis === AXES.time ? this.facts.times : this.facts.size[axis] }

  play(isPlaying) {
    if (!this.player) return
    this.isPlaying = isPlaying
    this.player.textContent = isPlaying ? "Pause" : "Play"
    clearInterval(this.timer)
    const axis = this.times ? AXES.time : AXES.axial
    const each = this.times ? VOLUME_MS : Math.max(15, (this.facts.frame_ms || FRAME_MS) * this.facts.strides[2])
    if (isPlaying) this.timer = setInterval(() => this.go(axis, (this.at[axis] + 1) % this.countAlong(axis)), each)
  }

  // However many events come, one drawing a screen refresh.
  schedule() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined
      const begun = performance.now()
      for (const pane of this.panes) pane.draw()
      this.times?.tell()
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

async function opened(root, bytes) {
  const [volume, mask] = await Promise.all([unpack(bytes), unpackMask(bytes)])
  const viewer = new Viewer(root, volume)
  viewer.lay(mask)
  return viewer
}

async function laid(viewer, bytes) {
  const { facts } = factsOf(bytes)
  if (facts.mask?.id === viewer.mask?.mask.facts.id) return viewer
  viewer.lay(await unpackMask(bytes))
  return viewer
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".viewer")
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data)
  const before = open.get(root)
  const opening = before ? before.then((viewer) => laid(viewer, bytes)) : opened(root, bytes)
  open.set(root, opening)
  if (!before) return () => open.get(root).then((viewer) => viewer.close())
}
